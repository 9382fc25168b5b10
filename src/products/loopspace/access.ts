import type { MiddlewareHandler } from "hono";
import { type Access, SCOPES, type Scope } from "../../core/access/index.ts";
import type { RateLimit } from "../../core/limits/index.ts";
import { bearerOf, consumeLimits } from "../../http/authentication.ts";
import { clientNetwork } from "../../http/client.ts";
import { type AppContext, type AppEnv, fail } from "../../http/context.ts";
import { retryAfterSeconds } from "../../http/limits.ts";
import { isSignedUrl } from "../../http/media-urls.ts";
import { MINUTE_MS } from "../../lib/clock.ts";
import type { Failure } from "../../lib/domain-error.ts";
import { err, ok, type Result } from "../../lib/result.ts";

type Plan = Access["user"]["plan"] | "guest";

const limitOf = (c: AppContext, plan: Plan): RateLimit => {
  const { LOOPSPACE_FREE_LIMIT, LOOPSPACE_PRO_LIMIT, LOOPSPACE_GUEST_LIMIT } = c.get("services").settings;
  const limits: Record<Plan, number> = {
    free: LOOPSPACE_FREE_LIMIT,
    pro: LOOPSPACE_PRO_LIMIT,
    guest: LOOPSPACE_GUEST_LIMIT,
  };
  return { name: plan, limit: limits[plan], windowMs: MINUTE_MS };
};

/** Consumes one call from the limit of `plan`. Returns the 429 response where none is left. */
const takeCall = async (c: AppContext, key: string, plan: Plan) => {
  const decision = await consumeLimits(c, key, [limitOf(c, plan)]);
  if (decision.allowed) return undefined;
  return fail(c, {
    code: "rate_limited",
    retryAfterSeconds: retryAfterSeconds(decision.resetAt, Date.now()),
  });
};

/**
 * Returns the access that a bearer token gives: an API key, an OAuth token, or a session of any product. One D1 read.
 */
const findAccess = async (
  c: AppContext,
  token: string,
): Promise<Result<Access, Failure<"session_required">>> => {
  const { apiKeys, oauthTokens, accessTokens, accountSessions, administrator } = c.get("services");
  if (token.startsWith("lsk_")) return apiKeys.find(token);
  if (token.startsWith("lso_")) return oauthTokens.find(token);
  const claims = await accessTokens.read(token);
  if (!claims) return err({ code: "session_required" });
  const caller = await accountSessions.find(claims, () => administrator.tag());
  if (!caller.ok) return caller;
  const { user } = caller.value;
  return ok({
    user,
    environment: "live",
    scopes: SCOPES,
    clientId: null,
    sessionId: caller.value.sessionId,
    credential: "session",
    usageAccountId: user.id,
  });
};

/**
 * Refuses a request with an invalid token. It counts against the caller's address, so tokens cannot be guessed for
 * long.
 */
const refuse = async (c: AppContext) =>
  (await takeCall(c, `loopspace:address:${clientNetwork(c)}`, "guest")) ??
  fail(c, { code: "session_required" });

/**
 * Admits callers with `scope` (any valid token where it is undefined) within the limit of their plan. It costs one D1
 * read, then one Durable Object call; in this order, because the read tells the account whose limit is consumed. The
 * call is counted for the usage figures in the console even where it is refused.
 */
export const requireAccess = (scope: Scope | undefined): MiddlewareHandler<AppEnv> => {
  return async (c, next) => {
    const token = bearerOf(c);
    if (token === undefined) return refuse(c);
    const found = await findAccess(c, token);
    if (!found.ok) return refuse(c);
    const access = found.value;
    const { user, scopes } = access;
    c.set("access", access);
    const refused =
      (await takeCall(c, `loopspace:user:${user.uuid}`, user.plan)) ??
      (scope === undefined || scopes.includes(scope)
        ? undefined
        : await fail(c, { code: "scope_missing", scope }));
    if (!refused) await next();
    c.get("services").usage.count(access, (refused ?? c.res).status >= 400);
    return refused;
  };
};

/** Admits session tokens only, for what an API key or an application may not do, such as creating keys. */
export const requireOwner: MiddlewareHandler<AppEnv> = async (c, next) => {
  const token = bearerOf(c);
  if (token === undefined || token.startsWith("lsk_") || token.startsWith("lso_")) return refuse(c);
  return requireAccess(undefined)(c, next);
};

/**
 * Returns the key of a guest's limit: the client's network address. A request with a valid signed URL has a limit for
 * each file: a player requests one track in many ranges, and the buyers in one office share a network address.
 */
const guestKeyOf = async (c: AppContext): Promise<string> =>
  c.req.query("signature") !== undefined && (await isSignedUrl(c))
    ? `loopspace:signed:${clientNetwork(c)}:${c.req.path}`
    : `loopspace:address:${clientNetwork(c)}`;

/**
 * Admits guests, and callers whose token has `scope`. A request with an invalid token is refused, not served as a
 * guest.
 */
export const requireAccessOrGuest = (scope: Scope): MiddlewareHandler<AppEnv> => {
  const asCaller = requireAccess(scope);
  return async (c, next) => {
    if (c.req.header("authorization") !== undefined) return asCaller(c, next);
    const refused = await takeCall(c, await guestKeyOf(c), "guest");
    return refused ?? next();
  };
};
