import { SECOND_MS } from "../../lib/clock.ts";
import type { Failure } from "../../lib/domain-error.ts";
import type { RateDecision, RateLimit } from "./protocol.ts";

/** Where limits are counted. A key is `<kind>:<value>`. */
export interface LimitStore {
  /** Counts one in each limit, or in none if any is used up. */
  readonly consume: (key: string, limits: readonly RateLimit[]) => Promise<RateDecision>;
  /** Uncounts the latest one of the named limits. The caller does not wait for it. */
  readonly refund: (key: string, names: readonly string[]) => void;
  /** Forgets what was counted for the key: in the named limits, or in all of them. */
  readonly reset: (key: string, names?: readonly string[]) => Promise<void>;
}

/** What a caller is told whom a limit refused. */
export const rateLimited = ({ resetAt }: RateDecision, now: number): Failure<"rate_limited"> => ({
  code: "rate_limited",
  retryAfterSeconds: Math.max(1, Math.ceil((resetAt - now) / SECOND_MS)),
});
