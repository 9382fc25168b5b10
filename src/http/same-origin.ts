import type { MiddlewareHandler } from "hono";
import { ownOrigin } from "./client.ts";
import { type AppContext, type AppEnv, fail } from "./context.ts";

/**
 * Whether a page of another site made the browser send this request (CSRF). Browsers always send `Origin` or
 * `Sec-Fetch-Site` with a write; a client that sends neither is a program that holds the cookie itself.
 */
export const isFromAnotherSite = (c: AppContext): boolean => {
  const origin = c.req.header("origin");
  const site = c.req.header("sec-fetch-site");
  return origin !== undefined
    ? origin !== ownOrigin(c)
    : site !== undefined && site !== "same-origin" && site !== "none";
};

/** Refuses requests that a page of another site made the browser send. */
export const requireSameOrigin: MiddlewareHandler<AppEnv> = async (c, next) => {
  if (isFromAnotherSite(c)) return fail(c, { code: "origin_forbidden" });
  await next();
};
