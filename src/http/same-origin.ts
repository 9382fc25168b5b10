import type { MiddlewareHandler } from "hono";
import { ownOrigin } from "./client.ts";
import { type AppContext, type AppEnv, fail } from "./context.ts";

/**
 * Whether another site made a browser send this. A browser always says where a write comes from; a program that says
 * nothing holds the cookie itself.
 */
export const isFromAnotherSite = (c: AppContext): boolean => {
  const origin = c.req.header("origin");
  const site = c.req.header("sec-fetch-site");
  return origin !== undefined
    ? origin !== ownOrigin(c)
    : site !== undefined && site !== "same-origin" && site !== "none";
};

/** Refuses what another site made a browser send. */
export const requireSameOrigin: MiddlewareHandler<AppEnv> = async (c, next) => {
  if (isFromAnotherSite(c)) return fail(c, { code: "origin_forbidden" });
  await next();
};
