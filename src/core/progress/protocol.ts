import { z } from "zod";

/** A change of a resource that clients watch. */
export const progressEventSchema = z.object({
  /** Id of the resource, for example of a task. A channel carries events of several keys. */
  key: z.string().min(1).max(64),
  /** Increases with every change of the key. An event with a lower or equal version that arrives later is dropped. */
  version: z.number().int().nonnegative(),
  /** Whether this is the last event of the key. */
  terminal: z.boolean(),
  data: z.record(z.string(), z.unknown()),
});

export type ProgressEvent = z.output<typeof progressEventSchema>;

/**
 * Maximum number of subscriptions of an account, over WebSockets and server-sent events together. One more closes the
 * oldest: a client that disappeared without closing is among the oldest, and the newest one is in use.
 */
export const MAX_SUBSCRIPTIONS = 50;

/** WebSocket close code of a subscription that was closed for a newer one. */
export const CLOSE_DISPLACED = 4_429;

/** Returns the name of an account's progress channel, which carries the events of all its tasks. */
export const userTopic = (id: number): string => `user:${id}`;
