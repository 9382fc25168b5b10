import type { MiddlewareHandler } from "hono";
import type { AccessClaims, Caller, ReadClaims } from "../core/identity/index.ts";
import type { RateDecision, RateLimit } from "../core/limits/index.ts";
import { HOUR_MS } from "../lib/clock.ts";
import { clientNetwork } from "./client.ts";
import { type AppContext, type AppEnv, fail } from "./context.ts";
import { keepRateLimitHeaders, rateLimitHeaders, retryAfterSeconds } from "./limits.ts";

const BEARER = /^Bearer +([A-Za-z0-9._~+/=-]+)$/i;

/** The bearer token of the request. */
export const bearerOf = (c: AppContext): string | undefined =>
  BEARER.exec(c.req.header("authorization") ?? "")?.[1];

/** The claims of the request's access token; its session is not looked at yet. */
export const claimsOf = async (c: AppContext): Promise<ReadClaims | undefined> => {
  const token = bearerOf(c);
  return token === undefined ? undefined : c.get("services").accessTokens.read(token);
};

/** The signed-in caller of a request that may also come from a guest: no limit is taken. */
export const callerOf = async (c: AppContext): Promise<Caller | undefined> => {
  const { accountSessions, administrator } = c.get("services");
  const claims = await claimsOf(c);
  const caller = claims && (await accountSessions.find(claims, () => administrator.tag()));
  return caller?.ok ? caller.value : undefined;
};

const refuse = (c: AppContext, { resetAt }: RateDecision) =>
  fail(c, { code: "rate_limited", retryAfterSeconds: retryAfterSeconds(resetAt, Date.now()) });

/** Takes one of each limit and says in the headers what is left. */
export const takeLimits = async (
  c: AppContext,
  key: string,
  limits: readonly RateLimit[],
): Promise<RateDecision> => {
  const decision = await c.get("services").takeFromLimits(key, limits);
  rateLimitHeaders(c, decision);
  return decision;
};

/** Says in the headers what is left of each limit, and takes nothing. */
const lookAtLimits = async (
  c: AppContext,
  key: string,
  limits: readonly RateLimit[],
): Promise<RateDecision> => {
  const decision = await c.get("services").lookAtLimits(key, limits);
  rateLimitHeaders(c, decision);
  return decision;
};

const REGISTRATIONS = "registrations";

type Plan = AccessClaims["plan"];

/** The limits of a request by its caller's plan; `free` for who is not signed in. */
export type LimitsOf = (c: AppContext, plan: Plan) => readonly RateLimit[];

export interface RequireUserOptions {
  /** Names of limits that count what was done: a request that is refused gives them back. */
  readonly countDone?: readonly string[];
  /** Requests of signed-in callers that take nothing from the limits and are not refused by them. */
  readonly takesNothing?: (c: AppContext) => boolean;
}

/**
 * Lets signed-in callers through, within their limits: one Durable Object call and one D1 read, both at once. Who is
 * not signed in is counted by address. A token may be older than its account's plan: then the limits are looked at again.
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
      isFree ? lookAtLimits(c, key, assumedLimits) : takeLimits(c, key, assumedLimits),
      claims && accountSessions.find(claims, () => administrator.tag()),
    ]);
    if (isFree) {
      if (!caller?.ok) return fail(c, { code: "session_required" });
      c.set("caller", caller.value);
      await next();
      return keepRateLimitHeaders(c, decision);
    }
    const plan = caller?.ok ? caller.value.user.plan : assumed;
    if (plan !== assumed) {
      if (decision.allowed)
        services.giveBackToLimits(
          key,
          assumedLimits.flatMap(({ name, peek }) => (peek ? [] : name)),
        );
      decision = await takeLimits(c, key, limitsOf(c, plan));
    }
    if (!decision.allowed) return refuse(c, decision);
    if (!caller?.ok) return fail(c, { code: "session_required" });
    c.set("caller", caller.value);
    await next();
    keepRateLimitHeaders(c, decision);
    const isDone = c.res.status < 400 && !c.res.headers.has("idempotent-replayed");
    if (countDone.length > 0 && !isDone) services.giveBackToLimits(key, countDone);
  };
};

/** Lets everybody through: callers who show a token as themselves, others as guests counted by address. */
export const welcomeGuests = (
  asUser: MiddlewareHandler<AppEnv>,
  asGuest: MiddlewareHandler<AppEnv>,
): MiddlewareHandler<AppEnv> => {
  return (c, next) => (c.req.header("authorization") === undefined ? asGuest(c, next) : asUser(c, next));
};

/** For interfaces without an account: counted by address. */
export const limitAddress = (
  name: string,
  limitsOf: (c: AppContext) => readonly RateLimit[],
): MiddlewareHandler<AppEnv> => {
  return async (c, next) => {
    const decision = await takeLimits(c, `${name}:address:${clientNetwork(c)}`, limitsOf(c));
    if (!decision.allowed) return refuse(c, decision);
    await next();
    return keepRateLimitHeaders(c, decision);
  };
};

/**
 * Registrations: the product's documented limit of tries, and one of accounts made over all products, which share accounts.
 * A registration that was refused made none and does not count there.
 */
export const limitRegistrations = (
  name: string,
  limitsOf: (c: AppContext) => readonly RateLimit[],
): MiddlewareHandler<AppEnv> => {
  return async (c, next) => {
    const services = c.get("services");
    const network = clientNetwork(c);
    const decision = await takeLimits(c, `${name}:address:${network}`, limitsOf(c));
    if (!decision.allowed) return refuse(c, decision);
    const key = `register:network:${network}`;
    const limit = services.settings.REGISTER_NETWORK_LIMIT;
    const shared = await services.takeFromLimits(key, [{ name: REGISTRATIONS, limit, windowMs: HOUR_MS }]);
    if (!shared.allowed) {
      rateLimitHeaders(c, shared);
      return refuse(c, shared);
    }
    await next();
    if (c.res.status >= 400) services.giveBackToLimits(key, [REGISTRATIONS]);
  };
};
