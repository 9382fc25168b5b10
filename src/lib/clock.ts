/** Milliseconds since the epoch, UTC. Policy takes one as an argument, so that a test can hold time still. */
export type Clock = () => number;

export const systemClock: Clock = () => Date.now();

export const SECOND_MS = 1_000;
export const MINUTE_MS = 60 * SECOND_MS;
export const HOUR_MS = 60 * MINUTE_MS;
export const DAY_MS = 24 * HOUR_MS;

/** The UTC day of a time as `YYYY-MM-DD`: the key of every daily figure. */
export const utcDay = (ms: number): string => new Date(ms).toISOString().slice(0, 10);
