import { originOf, printedOriginOf, publicOriginOf } from "../platform/origins.ts";
import type { AppContext } from "./context.ts";

/** The platform's own origin, whatever host was asked: for links in mails and addresses that gateways notify. */
export const publicOrigin = (c: AppContext): string => publicOriginOf(c.get("services").settings);

/** The origin that addresses in an answer begin with: the host that was asked if it is configured, else the platform's own. */
export const answerOrigin = (c: AppContext): string => originOf(c.get("services").settings, c.req.url);

/** The origin in printed QR codes. */
export const printedOrigin = (c: AppContext): string =>
  printedOriginOf(c.get("services").settings, c.req.url);
