import { createServices } from "./container.ts";
import { taskMessageSchema } from "./core/generation/index.ts";
import { deliveryMessageSchema } from "./core/webhooks/index.ts";
import type { Consumers, QueueConsumer } from "./http/product.ts";
import type { Services } from "./http/services.ts";
import type { Env } from "./platform/bindings.ts";
import { errorFields, log } from "./platform/logger.ts";
import { newMeter } from "./platform/meter.ts";
import { parseMessages, RETRY_SECONDS } from "./platform/queues.ts";
import { PRODUCTS } from "./products.ts";

/** How long a batch of deliveries delays the next batch at most. */
const MAX_BATCH_WAIT_MS = 1_000;

/** Runs one step of each task, all in parallel. Each message is acknowledged on its own. */
const consumeTasks =
  (step: (services: Services, id: string) => Promise<void>): QueueConsumer =>
  async (batch, create) => {
    const run = async ({ message, body }: { readonly message: Message; readonly body: { id: string } }) => {
      try {
        await step(create(), body.id);
        message.ack();
      } catch (error) {
        log("error", "generation.step_failed", { task: body.id, ...errorFields(error) });
        message.retry({ delaySeconds: RETRY_SECONDS });
      }
    };
    await Promise.all(parseMessages(batch, taskMessageSchema).map(run));
  };

/**
 * Sends webhook deliveries in parallel. Slow ones continue in the background, so that they delay the next batch by
 * `MAX_BATCH_WAIT_MS` at most. Messages are acknowledged once the rows are claimed: if the isolate is lost, the
 * webhook sweep of the schedule finds the claimed rows.
 */
const consumeDeliveries: QueueConsumer = async (batch, create, ctx) => {
  const sender = create().webhookSender;
  // Several messages may name one delivery.
  const ids = new Set<string>();
  const received = parseMessages(batch, deliveryMessageSchema);
  for (const { body } of received) ids.add(body.deliveryId);
  // If this throws, the queue redelivers the batch.
  const claimed = await sender.claim([...ids]);
  for (const { message } of received) message.ack();
  const sending = sender
    .send(claimed)
    .catch((error) => log("error", "webhooks.send_failed", errorFields(error)));
  ctx.waitUntil(sending);
  await Promise.race([sending, new Promise((resolve) => setTimeout(resolve, MAX_BATCH_WAIT_MS))]);
};

const SHARED_CONSUMERS: Consumers = {
  generation: consumeTasks(({ runner }, id) => runner.step(id)),
  "generation-dead": consumeTasks(({ runner }, id) => runner.giveUp(id)),
  webhooks: consumeDeliveries,
};

const CONSUMERS: Consumers = Object.assign(
  {},
  SHARED_CONSUMERS,
  ...PRODUCTS.map(({ consumers }) => consumers),
);

/** Consumes the queues of the platform and of its products. */
export const consume = (batch: MessageBatch, env: Env, ctx: ExecutionContext): Promise<void> => {
  const consumer = CONSUMERS[batch.queue];
  if (!consumer) throw new Error(`the queue ${batch.queue} has no consumer`);
  return consumer(batch, () => createServices(env, ctx, newMeter()), ctx);
};
