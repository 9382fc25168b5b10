import { DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS } from "../../lib/clock.ts";

/** The delays between a failed attempt and the next one. After the last delay there is no further attempt. */
const RETRY_AFTER_MS: readonly number[] = [
  5 * SECOND_MS,
  30 * SECOND_MS,
  2 * MINUTE_MS,
  15 * MINUTE_MS,
  HOUR_MS,
  6 * HOUR_MS,
  DAY_MS,
];
/** A delay is extended by up to this fraction, so that deliveries that failed together are not retried together. */
const JITTER = 0.2;
/** A longer `Retry-After` is reduced to this. */
const LONGEST_WAIT_MS = DAY_MS;

/** An endpoint whose deliveries have all failed for this long is disabled. */
export const DISABLE_AFTER_MS = 5 * DAY_MS;
/**
 * After this long without a failure, a new failure starts a new failing period. It is longer than the longest wait.
 */
export const FAILURE_RESET_MS = 2 * DAY_MS;

/**
 * Returns the wait in ms after the failure of this attempt (the first is 1); undefined after the last one. `random`
 * is 0 to 1. The receiver's `Retry-After` (`askedMs`) is used if it is longer.
 */
export const retryDelay = (attempt: number, random: number, askedMs = 0): number | undefined => {
  const usual = RETRY_AFTER_MS[attempt - 1];
  if (usual === undefined) return undefined;
  return Math.max(Math.round(usual * (1 + JITTER * random)), Math.min(askedMs, LONGEST_WAIT_MS));
};
