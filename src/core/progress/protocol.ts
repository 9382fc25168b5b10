import { z } from "zod";

/** A change of something people watch. */
export const progressEventSchema = z.object({
  /** What it is about: a task's id. A channel can hold several. */
  key: z.string().min(1).max(64),
  /** Grows with every change of the key. Older ones that arrive late are dropped. */
  version: z.number().int().nonnegative(),
  /** Nothing comes after it. */
  terminal: z.boolean(),
  data: z.record(z.string(), z.unknown()),
});

export type ProgressEvent = z.output<typeof progressEventSchema>;

/**
 * Subscriptions an account has at most, whatever carries them. One more ends the oldest: a client that is gone without a
 * word is among the old ones, and the one just opened is the one in use.
 */
export const MAX_SUBSCRIPTIONS = 50;

/** WebSocket close code of a subscription that gave way to a newer one. */
export const DISPLACED_CLOSE = 4_429;

/** Of everything an account has under way. */
export const userTopic = (id: number): string => `user:${id}`;
