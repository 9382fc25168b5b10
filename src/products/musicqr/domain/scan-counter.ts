import { inArray, sql } from "drizzle-orm";
import { DAY_MS, utcDay } from "../../../lib/clock.ts";
import type { Database } from "../../../platform/db/client.ts";
import { codes, scanBatches, scanDays, scans } from "../../../platform/db/schema/codes.ts";
import { transaction } from "../../../platform/db/transaction.ts";
import type { ScanBatch } from "./protocol.ts";

/** The most rows one transaction counts; it then holds the database's one writer for about 5 ms. */
export const SCANS_PER_TRANSACTION = 100;
/** The queue can redeliver a message within its retention of 4 days; batch ids are kept a day longer. */
const BATCH_ID_RETENTION_MS = 5 * DAY_MS;
/** The most rows one cleanup deletes per table, so that it does not block the database for long. */
const PRUNE_ROWS = 5_000;
/** D1 binds at most 100 parameters in a statement. */
const IDS_PER_STATEMENT = 100;

/**
 * Counts micro-batches in one transaction: totals, history and figures of the day. The ids of the batches are stored
 * too. A batch that was counted before, or is being counted concurrently, therefore fails the whole transaction; only
 * then the known batches are looked up and left out.
 */
export const countScans = async (db: Database, batches: readonly ScanBatch[], now: number): Promise<void> => {
  const unique = [...new Map(batches.map((batch) => [batch.id, batch])).values()];
  try {
    await addUp(db, unique, now);
  } catch (error) {
    const known = await addedBefore(db, unique);
    if (known.size === 0) throw error;
    const fresh = unique.filter((batch) => !known.has(batch.id));
    if (fresh.length > 0) await addUp(db, fresh, now);
  }
};

const addedBefore = async (db: Database, batches: readonly ScanBatch[]): Promise<Set<string>> => {
  const known = new Set<string>();
  for (let i = 0; i < batches.length; i += IDS_PER_STATEMENT) {
    const ids = batches.slice(i, i + IDS_PER_STATEMENT).map((batch) => batch.id);
    const rows = await db
      .select({ id: scanBatches.id })
      .from(scanBatches)
      .where(inArray(scanBatches.id, ids));
    for (const row of rows) known.add(row.id);
  }
  return known;
};

const addUp = async (db: Database, fresh: readonly ScanBatch[], now: number): Promise<void> => {
  const batchIds = JSON.stringify(fresh.map((batch) => batch.id));
  const history = JSON.stringify(historyOf(fresh));
  const byCode = JSON.stringify(totalsByCode(fresh));
  const byDay = JSON.stringify(totalsByDay(fresh));
  await transaction(db, [
    // No OR IGNORE: an id that exists already must roll the transaction back.
    sql`INSERT INTO ${scanBatches} (id, at) SELECT value, ${now} FROM json_each(${batchIds})`,
    sql`
      UPDATE ${codes} SET
        query_count = query_count + s.times,
        last_query_at = max(ifnull(last_query_at, 0), s.at)
      FROM (SELECT value->>0 AS code, value->>1 AS times, value->>2 AS at FROM json_each(${byCode})) AS s
      WHERE ${codes.code} = s.code`,
    sql`
      INSERT INTO ${scans} (code_id, at, part, times, ip, country, user_agent)
      SELECT c.id, s.value->>1, s.value->>2, s.value->>3, s.value->>4, s.value->>5, s.value->>6
      FROM json_each(${history}) AS s JOIN ${codes} AS c ON c.code = s.value->>0`,
    sql`
      INSERT INTO ${scanDays} (day, scans, invalid, activations)
      SELECT value->>0, value->>1, value->>2, value->>3 FROM json_each(${byDay}) WHERE true
      ON CONFLICT (day) DO UPDATE SET
        scans = scans + excluded.scans,
        invalid = invalid + excluded.invalid,
        activations = activations + excluded.activations`,
  ]);
};

/** Returns `[code, at, part, times, ip, country, user agent]` of the genuine scans. */
const historyOf = (batches: readonly ScanBatch[]) =>
  batches.flatMap(({ id, scans }) =>
    scans.flatMap((s, i) =>
      s.valid ? [[s.code, s.at, `${id}:${i}`, s.times, s.ip, s.country, s.userAgent]] : [],
    ),
  );

/** Returns `[code, times, last at]` of the genuine scans. */
const totalsByCode = (batches: readonly ScanBatch[]): [string, number, number][] => {
  const totals = new Map<string, [string, number, number]>();
  for (const scan of batches.flatMap((batch) => batch.scans)) {
    if (!scan.valid) continue;
    const total = totals.get(scan.code);
    if (!total) totals.set(scan.code, [scan.code, scan.times, scan.at]);
    else {
      total[1] += scan.times;
      total[2] = Math.max(total[2], scan.at);
    }
  }
  return [...totals.values()];
};

/** Returns `[day, scans, invalid, activations]` of all scans. */
const totalsByDay = (batches: readonly ScanBatch[]): [string, number, number, number][] => {
  const totals = new Map<string, [string, number, number, number]>();
  for (const scan of batches.flatMap((batch) => batch.scans)) {
    const day = utcDay(scan.at);
    const total = totals.get(day) ?? [day, 0, 0, 0];
    total[1] += scan.times;
    if (!scan.valid) total[2] += scan.times;
    if (scan.activated) total[3] += 1;
    totals.set(day, total);
  }
  return [...totals.values()];
};

/** Deletes history past its retention, and the ids of batches that the queue can no longer redeliver. */
export const pruneScans = async (db: Database, now: number, retentionMs: number): Promise<void> => {
  const prune = (table: string, before: number) =>
    sql`DELETE FROM ${sql.identifier(table)} WHERE rowid IN
      (SELECT rowid FROM ${sql.identifier(table)} WHERE at < ${before} LIMIT ${PRUNE_ROWS})`;
  await transaction(db, [
    prune("scans", now - retentionMs),
    prune("scan_batches", now - BATCH_ID_RETENTION_MS),
  ]);
};
