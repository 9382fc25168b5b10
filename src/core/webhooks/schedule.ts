import { DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS } from "../../lib/clock.ts";

/** How long after each failed attempt the next one comes; after the last there is none. */
export const RETRY_AFTER_MS: readonly number[] = [
  5 * SECOND_MS,
  30 * SECOND_MS,
  2 * MINUTE_MS,
  15 * MINUTE_MS,
  HOUR_MS,
  6 * HOUR_MS,
  DAY_MS,
];
/** So much later at the most: what failed together does not come back together. */
const JITTER = 0.2;
/** A receiver that asks for longer than this gets its next attempt after it. */
const LONGEST_WAIT_MS = DAY_MS;

/** An endpoint to which nothing got through for so long is switched off. */
export const GIVE_UP_AFTER_MS = 5 * DAY_MS;
/** Where nothing was tried for longer than the longest wait, a failure is the first one anew. */
export const QUIET_MS = 2 * DAY_MS;

/**
 * How long to wait after the attempt of this number (the first is 1) failed; undefined where it was the last. `random` is
 * 0 to 1. What a receiver asks for in `Retry-After` counts where it is longer.
 */
export const waitAfter = (attempt: number, random: number, askedMs = 0): number | undefined => {
  const usual = RETRY_AFTER_MS[attempt - 1];
  if (usual === undefined) return undefined;
  return Math.max(Math.round(usual * (1 + JITTER * random)), Math.min(askedMs, LONGEST_WAIT_MS));
};
