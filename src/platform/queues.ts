import type { z } from "zod";
import type { Env } from "./bindings.ts";
import { log } from "./logger.ts";

/** `sendBatch` of Cloudflare Queues accepts at most 100 messages. */
const MESSAGES_PER_BATCH = 100;

export const RETRY_SECONDS = 5;

/** Sends any number of JSON messages to a queue, in batches. */
export const sendMessages = async (
  queue: Queue,
  bodies: readonly unknown[],
  delaySeconds = 0,
): Promise<void> => {
  for (let i = 0; i < bodies.length; i += MESSAGES_PER_BATCH) {
    const batch = bodies.slice(i, i + MESSAGES_PER_BATCH);
    await queue.sendBatch(batch.map((body) => ({ body, contentType: "json", delaySeconds })));
  }
};

/** Sends the messages that make the queue consumer send these webhook deliveries. The sweep finds lost ones. */
export const wakeForDeliveries =
  ({ env }: { readonly env: Env }) =>
  (ids: readonly string[], delaySeconds = 0): Promise<void> =>
    sendMessages(
      env.WEBHOOKS,
      ids.map((deliveryId) => ({ deliveryId })),
      delaySeconds,
    );

/** A queue message with its validated body. */
export interface Received<T> {
  readonly message: Message;
  readonly body: T;
}

/**
 * Validates the messages of a batch. A message that this version cannot parse is retried and ends in the dead-letter
 * queue.
 */
export const parseMessages = <T>(batch: MessageBatch, schema: z.ZodType<T>): Received<T>[] =>
  batch.messages.flatMap((message) => {
    const parsed = schema.safeParse(message.body);
    if (parsed.success) return [{ message, body: parsed.data }];
    log("error", "queue.unknown_message", { queue: batch.queue, message: message.id });
    message.retry({ delaySeconds: RETRY_SECONDS });
    return [];
  });
