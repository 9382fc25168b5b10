import { SECOND_MS } from "./clock.ts";

/**
 * Returns the delay of a `Retry-After` (seconds or a date, RFC 9110, 10.2.3) in ms; undefined without a valid one.
 */
export const retryAfterMs = (header: string | null, now: number): number | undefined => {
  if (header === null) return undefined;
  const ms = /^\d+$/.test(header) ? Number(header) * SECOND_MS : Date.parse(header) - now;
  return Number.isFinite(ms) ? Math.max(0, ms) : undefined;
};
