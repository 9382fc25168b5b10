import { limitAddress } from "../../../http/authentication.ts";
import { MINUTE_MS } from "../../../lib/clock.ts";

/** Whoever looks at a page: counted by address, beside what its player asks the interface for. */
export const visitors = limitAddress("loopspace-pages", (c) => [
  { name: "pages", limit: c.get("services").settings.LOOPSPACE_GUEST_LIMIT, windowMs: MINUTE_MS },
]);
