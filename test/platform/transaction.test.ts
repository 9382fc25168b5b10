import { env } from "cloudflare:workers";
import { eq, sql } from "drizzle-orm";
import { describe, expect, it } from "vitest";
import { primary } from "../../src/platform/db/client.ts";
import { codeTotals } from "../../src/platform/db/schema/codes.ts";
import { transaction } from "../../src/platform/db/transaction.ts";
import { newMeter } from "../../src/platform/meter.ts";

const meter = newMeter();
const db = primary(env.DB, meter);

describe("a transaction", () => {
  it("runs builders and raw statements in one round trip, and returns the result of each", async () => {
    const before = meter.d1;
    const [inserted, read, raised, selected] = await transaction(db, [
      db.insert(codeTotals).values({ status: 7, count: 3 }),
      sql<{ count: number }>`SELECT count FROM ${codeTotals} WHERE status = ${7}`,
      db
        .update(codeTotals)
        .set({ count: sql`${codeTotals.count} + 1` })
        .where(eq(codeTotals.status, 7))
        .returning(),
      db.select({ count: codeTotals.count }).from(codeTotals).where(eq(codeTotals.status, 7)),
    ]);
    expect(meter.d1 - before).toBe(1);
    expect(inserted.meta.changes).toBe(1);
    expect(read.results).toEqual([{ count: 3 }]);
    expect(raised).toEqual([{ status: 7, count: 4 }]);
    expect(selected).toEqual([{ count: 4 }]);
  });

  it("changes nothing if one of its statements fails", async () => {
    const failing = transaction(db, [
      db.insert(codeTotals).values({ status: 8, count: 1 }),
      sql`INSERT INTO ${codeTotals} (status, count) VALUES (${8}, 2)`,
    ]);
    await expect(failing).rejects.toThrow("UNIQUE constraint failed: code_totals.status");
    expect(await db.select().from(codeTotals).where(eq(codeTotals.status, 8))).toEqual([]);
  });

  it("asks D1 for nothing if it has no statements", async () => {
    const before = meter.d1;
    expect(await transaction(db, [])).toEqual([]);
    expect(meter.d1).toBe(before);
  });
});
