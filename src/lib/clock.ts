/**
 * Returns milliseconds since the epoch, UTC. Domain functions take a clock as an argument, so that tests can fix it.
 */
export type Clock = () => number;

export const systemClock: Clock = () => Date.now();

export const SECOND_MS = 1_000;
export const MINUTE_MS = 60 * SECOND_MS;
export const HOUR_MS = 60 * MINUTE_MS;
export const DAY_MS = 24 * HOUR_MS;

const UNITS = [
  ["day", DAY_MS],
  ["hour", HOUR_MS],
  ["minute", MINUTE_MS],
  ["second", SECOND_MS],
] as const;

/**
 * Formats a duration for a text, in the largest unit that gives a whole number of at least two: "7 days", "24 hours",
 * "90 seconds".
 */
export const durationText = (ms: number): string => {
  const [unit, unitMs] = UNITS.find(([, each]) => ms >= 2 * each && ms % each === 0) ?? ["second", SECOND_MS];
  return `${ms / unitMs} ${unit}s`;
};

/** Returns the UTC day of a time as `YYYY-MM-DD`, the key of all daily statistics. */
export const utcDay = (ms: number): string => new Date(ms).toISOString().slice(0, 10);

/** Formats a time as ISO 8601 in UTC. */
export const isoTime = (ms: number): string => new Date(ms).toISOString();
export const nullableIsoTime = (ms: number | null): string | null => (ms === null ? null : isoTime(ms));
