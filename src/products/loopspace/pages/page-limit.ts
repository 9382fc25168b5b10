import { limitAddress } from "../../../http/authentication.ts";
import { MINUTE_MS } from "../../../lib/clock.ts";

/** Limits page views by network address. The API calls of a page's player count against another limit. */
export const limitPageViews = limitAddress("loopspace-pages", (c) => [
  { name: "pages", limit: c.get("services").settings.LOOPSPACE_GUEST_LIMIT, windowMs: MINUTE_MS },
]);
