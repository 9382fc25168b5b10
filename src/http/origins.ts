import { originOf, printedOriginOf, publicOriginOf } from "../platform/origins.ts";
import type { AppContext } from "./context.ts";

/** Returns the platform's own origin, for links in mails and for URLs that payment gateways notify. */
export const publicOrigin = (c: AppContext): string => publicOriginOf(c.get("services").settings);

/** Returns the origin for URLs in an answer: the request's host if it is configured, else the platform's own. */
export const answerOrigin = (c: AppContext): string => originOf(c.get("services").settings, c.req.url);

/** Returns the origin for printed QR codes. */
export const printedOrigin = (c: AppContext): string =>
  printedOriginOf(c.get("services").settings, c.req.url);
