import type { MiddlewareHandler } from "hono";
import type { AccessClaims } from "../core/identity/index.ts";
import type { RateLimit } from "../core/limits/index.ts";
import { clientAddress } from "./client.ts";
import { type AppContext, type AppEnv, fail } from "./context.ts";
import { rateLimitHeaders, retryAfterSeconds } from "./limits.ts";

const BEARER = /^Bearer +([A-Za-z0-9._~+/=-]+)$/i;

/** The claims of the request's access token; its session is not looked at yet. */
export const claimsOf = async (c: AppContext): Promise<AccessClaims | undefined> => {
  const token = BEARER.exec(c.req.header("authorization") ?? "")?.[1];
  return token === undefined ? undefined : c.get("services").accessTokens.read(token);
};

const takeLimits = async (
  c: AppContext,
  key: string,
  limits: readonly RateLimit[],
): Promise<Response | undefined> => {
  const decision = await c.get("services").takeFromLimits(key, limits);
  rateLimitHeaders(c, decision);
  if (decision.allowed) return undefined;
  return fail(c, {
    code: "rate_limited",
    retryAfterSeconds: retryAfterSeconds(decision.resetAt, Date.now()),
  });
};

/**
 * Lets signed-in callers through, within their limits: one Durable Object call and one D1 read, both at once. Who is
 * not signed in is counted by address.
 */
export const requireUser = (
  product: string,
  limitsOf: (c: AppContext) => readonly RateLimit[],
): MiddlewareHandler<AppEnv> => {
  return async (c, next) => {
    const { accountSessions, administrator } = c.get("services");
    const claims = await claimsOf(c);
    const key = claims ? `${product}:user:${claims.sub}` : `${product}:address:${clientAddress(c)}`;
    const [limited, caller] = await Promise.all([
      takeLimits(c, key, limitsOf(c)),
      claims && accountSessions.find(claims, () => administrator.tag()),
    ]);
    if (limited) return limited;
    if (!caller?.ok) return fail(c, { code: "session_required" });
    c.set("caller", caller.value);
    await next();
  };
};

/** For interfaces without an account: counted by address. */
export const limitAddress = (
  name: string,
  limitsOf: (c: AppContext) => readonly RateLimit[],
): MiddlewareHandler<AppEnv> => {
  return async (c, next) =>
    (await takeLimits(c, `${name}:address:${clientAddress(c)}`, limitsOf(c))) ?? next();
};
