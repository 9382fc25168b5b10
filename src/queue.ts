import { createServices } from "./container.ts";
import { audioMessageSchema, audioRetryMs } from "./core/audio/index.ts";
import { countScans, SCANS_PER_TRANSACTION, type ScanBatch, scanBatchSchema } from "./core/codes/index.ts";
import { taskMessageSchema } from "./core/generation/index.ts";
import { deliveryMessageSchema } from "./core/webhooks/index.ts";
import type { Env } from "./platform/bindings.ts";
import { primary } from "./platform/db/client.ts";
import { errorFields, log } from "./platform/logger.ts";
import { newMeter } from "./platform/meter.ts";

const RETRY_SECONDS = 5;
/**
 * A pause between two transactions, because first activations need the same D1 writer and a person waits for them.
 */
const TRANSACTION_PAUSE_MS = 10;

/** How long a batch of deliveries delays the next batch at most. */
const MAX_BATCH_WAIT_MS = 1_000;

interface Received {
  readonly message: Message;
  readonly body: ScanBatch;
}

/**
 * Consumes the platform's queues. A message that this version cannot parse is retried and ends in the dead-letter
 * queue.
 */
export const consume = (batch: MessageBatch, env: Env, ctx: ExecutionContext): Promise<void> => {
  switch (batch.queue) {
    case "generation":
      return consumeTasks(batch, (id) => createServices(env, ctx, newMeter()).runner.step(id));
    case "generation-dead":
      return consumeTasks(batch, (id) => createServices(env, ctx, newMeter()).runner.giveUp(id));
    case "audio":
      return consumeTracks(batch, (id) => createServices(env, ctx, newMeter()).audioProcessor.process(id));
    case "audio-dead":
      return consumeTracks(batch, (id) => createServices(env, ctx, newMeter()).audioProcessor.giveUp(id));
    case "webhooks":
      return consumeDeliveries(batch, env, ctx);
    case "scans":
      return consumeScanBatches(batch, env);
    default:
      throw new Error(`the queue ${batch.queue} has no consumer`);
  }
};

/** Runs one step of each task, all in parallel. Each message is acknowledged on its own. */
const consumeTasks = async (batch: MessageBatch, look: (id: string) => Promise<void>): Promise<void> => {
  await Promise.all(
    batch.messages.map(async (message) => {
      const parsed = taskMessageSchema.safeParse(message.body);
      if (!parsed.success) {
        log("error", "queue.unknown_message", { queue: batch.queue, message: message.id });
        message.retry({ delaySeconds: RETRY_SECONDS });
        return;
      }
      try {
        await look(parsed.data.id);
        message.ack();
      } catch (error) {
        log("error", "generation.step_failed", { task: parsed.data.id, ...errorFields(error) });
        message.retry({ delaySeconds: RETRY_SECONDS });
      }
    }),
  );
};

/** Processes tracks one after another, because a track may have a hundred megabytes. */
const consumeTracks = async (batch: MessageBatch, look: (id: string) => Promise<void>): Promise<void> => {
  for (const message of batch.messages) {
    const parsed = audioMessageSchema.safeParse(message.body);
    if (!parsed.success) {
      log("error", "queue.unknown_message", { queue: batch.queue, message: message.id });
      message.retry({ delaySeconds: RETRY_SECONDS });
      continue;
    }
    try {
      await look(parsed.data.id);
      message.ack();
    } catch (error) {
      log("error", "audio.step_failed", { track: parsed.data.id, ...errorFields(error) });
      message.retry({ delaySeconds: audioRetryMs(message.attempts) / 1_000 });
    }
  }
};

/**
 * Sends webhook deliveries in parallel. Slow ones continue in the background, so that they delay the next batch by
 * `MAX_BATCH_WAIT_MS` at most. Messages are acknowledged once the rows are claimed: if the isolate is lost, the
 * webhook sweep of the schedule finds the claimed rows.
 */
const consumeDeliveries = async (batch: MessageBatch, env: Env, ctx: ExecutionContext): Promise<void> => {
  const sender = createServices(env, ctx, newMeter()).webhookSender;
  const received = new Map<string, Message>();
  for (const message of batch.messages) {
    const parsed = deliveryMessageSchema.safeParse(message.body);
    if (parsed.success) {
      received.set(parsed.data.deliveryId, message);
      continue;
    }
    log("error", "queue.unknown_message", { queue: batch.queue, message: message.id });
    message.retry({ delaySeconds: RETRY_SECONDS });
  }
  // If this throws, the queue redelivers the batch.
  const claimed = await sender.claim([...received.keys()]);
  for (const message of received.values()) message.ack();
  const sending = sender
    .send(claimed)
    .catch((error) => log("error", "webhooks.send_failed", errorFields(error)));
  ctx.waitUntil(sending);
  await Promise.race([sending, new Promise((resolve) => setTimeout(resolve, MAX_BATCH_WAIT_MS))]);
};

const consumeScanBatches = async (batch: MessageBatch, env: Env): Promise<void> => {
  let group: Received[] = [];
  let rows = 0;
  for (const message of batch.messages) {
    const parsed = scanBatchSchema.safeParse(message.body);
    if (!parsed.success) {
      log("error", "queue.unknown_message", { queue: batch.queue, message: message.id });
      message.retry({ delaySeconds: RETRY_SECONDS });
      continue;
    }
    if (group.length > 0 && rows + parsed.data.scans.length > SCANS_PER_TRANSACTION) {
      await consumeScans(group, env);
      await new Promise((resolve) => setTimeout(resolve, TRANSACTION_PAUSE_MS));
      group = [];
      rows = 0;
    }
    group.push({ message, body: parsed.data });
    rows += parsed.data.scans.length;
  }
  await consumeScans(group, env);
};

/**
 * Counts scans in one transaction. If it fails, counts each message alone, so that a bad one does not block the
 * others.
 */
const consumeScans = async (received: readonly Received[], env: Env): Promise<void> => {
  const [first] = received;
  if (!first) return;
  const batches = received.map(({ body }) => body);
  try {
    await countScans(primary(env.DB, newMeter()), batches, Date.now());
    for (const { message } of received) message.ack();
  } catch (error) {
    log("error", "scans.count_failed", { messages: received.length, ...errorFields(error) });
    if (received.length === 1) first.message.retry({ delaySeconds: RETRY_SECONDS });
    else for (const one of received) await consumeScans([one], env);
  }
};
