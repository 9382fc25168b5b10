import type { QueueConsumer } from "../../http/product.ts";
import type { Database } from "../../platform/db/client.ts";
import { errorFields, log } from "../../platform/logger.ts";
import { parseMessages, RETRY_SECONDS, type Received } from "../../platform/queues.ts";
import { countScans, SCANS_PER_TRANSACTION, type ScanBatch, scanBatchSchema } from "./domain/index.ts";

/**
 * A pause between two transactions, because first activations need the same D1 writer and a person waits for them.
 */
const TRANSACTION_PAUSE_MS = 10;

/** Counts the scans of a queue batch, several messages in one transaction. */
export const consumeScanBatches: QueueConsumer = async (batch, createServices) => {
  const { db } = createServices();
  let group: Received<ScanBatch>[] = [];
  let rows = 0;
  for (const received of parseMessages(batch, scanBatchSchema)) {
    const { length } = received.body.scans;
    if (group.length > 0 && rows + length > SCANS_PER_TRANSACTION) {
      await consumeScans(group, db);
      await new Promise((resolve) => setTimeout(resolve, TRANSACTION_PAUSE_MS));
      group = [];
      rows = 0;
    }
    group.push(received);
    rows += length;
  }
  await consumeScans(group, db);
};

/**
 * Counts scans in one transaction. If it fails, counts each message alone, so that a bad one does not block the
 * others.
 */
const consumeScans = async (received: readonly Received<ScanBatch>[], db: Database): Promise<void> => {
  const [first] = received;
  if (!first) return;
  const batches = received.map(({ body }) => body);
  try {
    await countScans(db, batches, Date.now());
    for (const { message } of received) message.ack();
  } catch (error) {
    log("error", "scans.count_failed", { messages: received.length, ...errorFields(error) });
    if (received.length === 1) first.message.retry({ delaySeconds: RETRY_SECONDS });
    else for (const one of received) await consumeScans([one], db);
  }
};
