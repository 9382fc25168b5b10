import type { MiddlewareHandler } from "hono";
import type { RateDecision, RateLimit } from "../core/limits/index.ts";
import { type AppContext, type AppEnv, fail } from "./context.ts";

/** Returns the seconds that a refused caller has to wait, at least one. */
export const retryAfterSeconds = (resetAt: number, now: number): number =>
  Math.max(1, Math.ceil((resetAt - now) / 1_000));

/** Sets the `X-RateLimit-*` headers of a decision. `X-RateLimit-Reset` is in Unix seconds. */
export const rateLimitHeaders = (c: AppContext, decision: RateDecision): void => {
  c.header("X-RateLimit-Limit", String(decision.limit));
  c.header("X-RateLimit-Remaining", String(decision.remaining));
  c.header("X-RateLimit-Reset", String(Math.ceil(decision.resetAt / 1_000)));
};

/** Sets the same headers on an answer that was created without them, such as a stream or a file. */
export const setMissingRateLimitHeaders = (c: AppContext, decision: RateDecision): void => {
  const isUpgrade = c.res.status === 101;
  if (!isUpgrade && !c.res.headers.has("x-ratelimit-limit")) rateLimitHeaders(c, decision);
};

/** Consumes one unit of each of `limits` under the key that `keyOf` returns, in one Durable Object call. */
export const limitRate = (
  keyOf: (c: AppContext) => string,
  limits: readonly RateLimit[],
): MiddlewareHandler<AppEnv> => {
  return async (c, next) => {
    const decision = await c.get("services").limits.consume(keyOf(c), limits);
    rateLimitHeaders(c, decision);
    if (decision.allowed) {
      await next();
      return setMissingRateLimitHeaders(c, decision);
    }
    return fail(c, {
      code: "rate_limited",
      retryAfterSeconds: retryAfterSeconds(decision.resetAt, Date.now()),
    });
  };
};
