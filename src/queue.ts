import { countScans, type ScanBatch, scanBatchSchema } from "./core/codes/index.ts";
import type { Env } from "./platform/bindings.ts";
import { primary } from "./platform/db/client.ts";
import { errorFields, log } from "./platform/logger.ts";
import { newMeter } from "./platform/meter.ts";

const RETRY_SECONDS = 5;

interface Received {
  readonly message: Message;
  readonly body: ScanBatch;
}

/** Consumes the platform's queues. A message this version does not understand goes to its dead-letter queue. */
export const consume = async (batch: MessageBatch, env: Env): Promise<void> => {
  const scans: Received[] = [];
  for (const message of batch.messages) {
    const parsed = scanBatchSchema.safeParse(message.body);
    if (parsed.success) scans.push({ message, body: parsed.data });
    else {
      log("error", "queue.unknown_message", { queue: batch.queue, message: message.id });
      message.retry({ delaySeconds: RETRY_SECONDS });
    }
  }
  await consumeScans(scans, env);
};

/** All of them in one transaction; where that fails one by one, so that a bad message holds up no good one. */
const consumeScans = async (received: readonly Received[], env: Env): Promise<void> => {
  if (received.length === 0) return;
  const db = primary(env.DB, newMeter());
  try {
    await countScans(
      db,
      received.map(({ body }) => body),
      Date.now(),
    );
    for (const { message } of received) message.ack();
  } catch (error) {
    log("error", "scans.count_failed", { messages: received.length, ...errorFields(error) });
    if (received.length === 1) {
      received[0]?.message.retry({ delaySeconds: RETRY_SECONDS });
      return;
    }
    for (const one of received) await consumeScans([one], env);
  }
};
