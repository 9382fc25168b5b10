/** `sendBatch` of Cloudflare Queues accepts at most 100 messages. */
const MESSAGES_PER_BATCH = 100;

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
