import { createExecutionContext, createMessageBatch, getQueueResult } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { primary } from "../../../src/platform/db/client.ts";
import { newMeter } from "../../../src/platform/meter.ts";
import { countScans, pruneScans, type ScanBatch } from "../../../src/products/musicqr/domain/index.ts";
import worker from "../../../src/worker.ts";
import { newSyncedCode, storedCode } from "../../support/musicqr.ts";

const DAY = 86_400_000;
const db = primary(env.DB, newMeter());
const batchOf = (code: string, times: number, at = Date.now()): ScanBatch => ({
  kind: "scans",
  id: crypto.randomUUID(),
  scans: [
    { code, at, times, valid: true, activated: false, ip: "192.0.2.1", country: "DE", userAgent: "Phone/1" },
  ],
});

const deliver = async (bodies: unknown[]) => {
  const messages = bodies.map((body, i) => ({ id: String(i), timestamp: Date.now(), attempts: 1, body }));
  const batch = createMessageBatch("scans", messages);
  const ctx = createExecutionContext();
  await worker.queue(batch, env, ctx);
  return getQueueResult(batch, ctx);
};

describe("counting scans", () => {
  it("counts a batch once when it is delivered repeatedly", async () => {
    const code = await newSyncedCode();
    const batch = batchOf(code, 5);
    await countScans(db, [batch, batch], Date.now());
    await countScans(db, [batch], Date.now());
    expect(await storedCode(code)).toMatchObject({ query_count: 5 });
  });

  it("counts a batch once when two consumers process it concurrently", async () => {
    const code = await newSyncedCode();
    const batch = batchOf(code, 5);
    await Promise.allSettled(Array.from({ length: 5 }, () => countScans(db, [batch], Date.now())));
    expect(await storedCode(code)).toMatchObject({ query_count: 5 });
  });

  it("counts many batches in one D1 call", async () => {
    const code = await newSyncedCode();
    const meter = newMeter();
    await countScans(
      primary(env.DB, meter),
      Array.from({ length: 100 }, () => batchOf(code, 2)),
      Date.now(),
    );
    expect(await storedCode(code)).toMatchObject({ query_count: 200 });
    expect(meter.d1).toBe(1);
  });

  it("keeps the time of the latest scan when batches arrive out of order", async () => {
    const code = await newSyncedCode();
    await countScans(db, [batchOf(code, 1, 2_000)], Date.now());
    await countScans(db, [batchOf(code, 1, 1_000)], Date.now());
    expect(await storedCode(code)).toMatchObject({ last_query_at: 2_000, query_count: 2 });
  });

  it("ignores scans of deleted codes and counts the others", async () => {
    const code = await newSyncedCode();
    await countScans(db, [batchOf("GONEGONEGONE", 3), batchOf(code, 1)], Date.now());
    expect(await storedCode(code)).toMatchObject({ query_count: 1 });
  });
});

describe("the consumer of the SCANS queue", () => {
  it("acknowledges counted messages", async () => {
    const code = await newSyncedCode();
    const result = await deliver([batchOf(code, 1), batchOf(code, 1)]);
    expect(result.explicitAcks).toEqual(["0", "1"]);
    expect(await storedCode(code)).toMatchObject({ query_count: 2 });
  });

  it("retries messages that it cannot parse, which leads to the dead-letter queue, and counts the others", async () => {
    const code = await newSyncedCode();
    const result = await deliver([{ kind: "other" }, null, batchOf(code, 1)]);
    expect(result.explicitAcks).toEqual(["2"]);
    expect(result.retryMessages.map(({ msgId }) => msgId)).toEqual(["0", "1"]);
    expect(await storedCode(code)).toMatchObject({ query_count: 1 });
  });

  it("counts valid messages beside one that storage refuses", async () => {
    const code = await newSyncedCode();
    const poison = batchOf(code, 1);
    await env.DB.prepare(
      `CREATE TRIGGER poison BEFORE INSERT ON scan_batches WHEN new.id = '${poison.id}' BEGIN SELECT RAISE(ABORT, 'no'); END`,
    ).run();
    const result = await deliver([batchOf(code, 1), poison, batchOf(code, 1)]);
    await env.DB.prepare("DROP TRIGGER poison").run();
    expect(result.explicitAcks).toEqual(["0", "2"]);
    expect(result.retryMessages.map(({ msgId }) => msgId)).toEqual(["1"]);
    expect(await storedCode(code)).toMatchObject({ query_count: 2 });
  });
});

describe("pruning", () => {
  it("removes the history after its retention and keeps the counts", async () => {
    const code = await newSyncedCode();
    const now = Date.now();
    await countScans(db, [batchOf(code, 3, now - 200 * DAY), batchOf(code, 1, now)], now);
    await pruneScans(db, now, 180 * DAY);
    const { results } = await env.DB.prepare(
      "SELECT times FROM scans JOIN codes ON codes.id = code_id WHERE code = ?",
    )
      .bind(code)
      .all();
    expect(results).toEqual([{ times: 1 }]);
    expect(await storedCode(code)).toMatchObject({ query_count: 4 });
  });
});
