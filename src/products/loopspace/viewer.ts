import type { AppContext } from "../../http/context.ts";
import type { Viewer } from "./domain/index.ts";

/** Returns the caller as the core's `Viewer`; a guest has no user id and sees live data. */
export const viewerOf = (c: AppContext): Viewer => {
  const access = c.get("access");
  return { userId: access?.user.id, environment: access?.environment ?? "live" };
};
