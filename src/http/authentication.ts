import type { MiddlewareHandler } from "hono";
import type { AccessClaims, Caller, ReadClaims } from "../core/identity/index.ts";
import type { RateDecision, RateLimit } from "../core/limits/index.ts";
import { HOUR_MS } from "../lib/clock.ts";
import { clientNetwork } from "./client.ts";
import { type AppContext, type AppEnv, fail } from "./context.ts";
import { rateLimitHeaders, retryAfterSeconds, setMissingRateLimitHeaders } from "./limits.ts";

const BEARER = /^Bearer +([A-Za-z0-9._~+/=-]+)$/i;

/** Returns the bearer token of the request. */
export const bearerOf = (c: AppContext): string | undefined =>
  BEARER.exec(c.req.header("authorization") ?? "")?.[1];

/** Returns the claims of the request's access token, without checking that its session is still open. */
export const claimsOf = async (c: AppContext): Promise<ReadClaims | undefined> => {
  const token = bearerOf(c);
  return token === undefined ? undefined : c.get("services").accessTokens.read(token);
};

/** Returns the signed-in caller of a request that guests may also send. Consumes no rate limit. */
export const callerOf = async (c: AppContext): Promise<Caller | undefined> => {
  const { accountSessions, administrator } = c.get("services");
  const claims = await claimsOf(c);
  const caller = claims && (await accountSessions.find(claims, () => administrator.tag()));
  return caller?.ok ? caller.value : undefined;
};

const refuse = (c: AppContext, { resetAt }: RateDecision) =>
  fail(c, { code: "rate_limited", retryAfterSeconds: retryAfterSeconds(resetAt, Date.now()) });

/** Consumes one unit of each limit and reports the remaining quota in the response headers. */
export const consumeLimits = async (
  c: AppContext,
  key: string,
  limits: readonly RateLimit[],
): Promise<RateDecision> => {
  const decision = await c.get("services").limits.consume(key, limits);
  rateLimitHeaders(c, decision);
  return decision;
};

/** Reports the remaining quota of the limits in the response headers and consumes nothing. */
const lookAtLimits = async (
  c: AppContext,
  key: string,
  limits: readonly RateLimit[],
): Promise<RateDecision> => {
  const decision = await c.get("services").limits.look(key, limits);
  rateLimitHeaders(c, decision);
  return decision;
};

const REGISTRATIONS = "registrations";

type Plan = AccessClaims["plan"];

/** Returns the limits of a request for the caller's plan; callers that are not signed in count as `free`. */
export type LimitsOf = (c: AppContext, plan: Plan) => readonly RateLimit[];

export interface RequireUserOptions {
  /** Names of limits that count only successful requests: a request that fails is refunded. */
  readonly countDone?: readonly string[];
  /** Whether a request of a signed-in caller consumes no limits and is never refused by them. */
  readonly takesNothing?: (c: AppContext) => boolean;
}

/**
 * Admits signed-in callers within their rate limits, with one Durable Object call and one D1 read in parallel. Requests
 * without a valid token count against their network address. The plan in a token may be out of date: the limits of the
 * assumed plan are then refunded and those of the real plan consumed.
 */
export const requireUser = (
  product: string,
  limitsOf: LimitsOf,
  { countDone = [], takesNothing = () => false }: RequireUserOptions = {},
): MiddlewareHandler<AppEnv> => {
  return async (c, next) => {
    const services = c.get("services");
    const { accountSessions, administrator } = services;
    const claims = await claimsOf(c);
    const key = claims ? `${product}:user:${claims.sub}` : `${product}:address:${clientNetwork(c)}`;
    const assumed = claims?.plan ?? "free";
    const assumedLimits = limitsOf(c, assumed);
    const isFree = claims !== undefined && takesNothing(c);
    let [decision, caller] = await Promise.all([
      isFree ? lookAtLimits(c, key, assumedLimits) : consumeLimits(c, key, assumedLimits),
      claims && accountSessions.find(claims, () => administrator.tag()),
    ]);
    if (isFree) {
      if (!caller?.ok) return fail(c, { code: "session_required" });
      c.set("caller", caller.value);
      await next();
      return setMissingRateLimitHeaders(c, decision);
    }
    const plan = caller?.ok ? caller.value.user.plan : assumed;
    if (plan !== assumed) {
      if (decision.allowed)
        services.limits.refund(
          key,
          assumedLimits.flatMap(({ name, peek }) => (peek ? [] : name)),
        );
      decision = await consumeLimits(c, key, limitsOf(c, plan));
    }
    if (!decision.allowed) return refuse(c, decision);
    if (!caller?.ok) return fail(c, { code: "session_required" });
    c.set("caller", caller.value);
    await next();
    setMissingRateLimitHeaders(c, decision);
    const isDone = c.res.status < 400 && !c.res.headers.has("idempotent-replayed");
    if (countDone.length > 0 && !isDone) services.limits.refund(key, countDone);
  };
};

/** Routes requests with an `Authorization` header through `asUser` and all others through `asGuest`. */
export const userOrGuest = (
  asUser: MiddlewareHandler<AppEnv>,
  asGuest: MiddlewareHandler<AppEnv>,
): MiddlewareHandler<AppEnv> => {
  return (c, next) => (c.req.header("authorization") === undefined ? asGuest(c, next) : asUser(c, next));
};

/** Applies rate limits by network address, for interfaces that need no account. */
export const limitAddress = (
  name: string,
  limitsOf: (c: AppContext) => readonly RateLimit[],
): MiddlewareHandler<AppEnv> => {
  return async (c, next) => {
    const decision = await consumeLimits(c, `${name}:address:${clientNetwork(c)}`, limitsOf(c));
    if (!decision.allowed) return refuse(c, decision);
    await next();
    return setMissingRateLimitHeaders(c, decision);
  };
};

/**
 * Limits registrations twice: attempts by the product's documented limit, and created accounts by a limit that all
 * products share, as they share accounts. A registration that fails is refunded to the shared limit.
 */
export const limitRegistrations = (
  name: string,
  limitsOf: (c: AppContext) => readonly RateLimit[],
): MiddlewareHandler<AppEnv> => {
  return async (c, next) => {
    const services = c.get("services");
    const network = clientNetwork(c);
    const decision = await consumeLimits(c, `${name}:address:${network}`, limitsOf(c));
    if (!decision.allowed) return refuse(c, decision);
    const key = `register:network:${network}`;
    const limit = services.settings.REGISTER_NETWORK_LIMIT;
    const shared = await services.limits.consume(key, [{ name: REGISTRATIONS, limit, windowMs: HOUR_MS }]);
    if (!shared.allowed) {
      rateLimitHeaders(c, shared);
      return refuse(c, shared);
    }
    await next();
    if (c.res.status >= 400) services.limits.refund(key, [REGISTRATIONS]);
  };
};
