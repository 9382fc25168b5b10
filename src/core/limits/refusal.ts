import { SECOND_MS } from "../../lib/clock.ts";
import type { Failure } from "../../lib/domain-error.ts";
import type { RateDecision, RateLimit } from "./protocol.ts";

/** Counts the units consumed of rate limits. The format of a key is `<kind>:<value>`. */
export interface LimitStore {
  /** Consumes one unit of each limit, or of none if any limit is used up. */
  readonly consume: (key: string, limits: readonly RateLimit[]) => Promise<RateDecision>;
  /** Refunds the latest unit of each named limit. The caller does not wait for it. */
  readonly refund: (key: string, names: readonly string[]) => void;
  /** Resets the named limits of a key, or all of its limits. */
  readonly reset: (key: string, names?: readonly string[]) => Promise<void>;
}

/** Returns the error for a request that a limit refused. */
export const rateLimited = ({ resetAt }: RateDecision, now: number): Failure<"rate_limited"> => ({
  code: "rate_limited",
  retryAfterSeconds: Math.max(1, Math.ceil((resetAt - now) / SECOND_MS)),
});
