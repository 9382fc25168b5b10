import { SECOND_MS } from "./clock.ts";

/** How long a `Retry-After` asks to wait, in ms: seconds or a date (RFC 9110, 10.2.3). Undefined where it asks for nothing. */
export const retryAfterMs = (header: string | null, now: number): number | undefined => {
  if (header === null) return undefined;
  const ms = /^\d+$/.test(header) ? Number(header) * SECOND_MS : Date.parse(header) - now;
  return Number.isFinite(ms) ? Math.max(0, ms) : undefined;
};
