import { desc, eq, gte } from "drizzle-orm";
import { DAY_MS, utcDay } from "../../../lib/clock.ts";
import type { Database } from "../../../platform/db/client.ts";
import { CODE_STATUS, codeTotals, scanDays } from "../../../platform/db/schema/codes.ts";
import type { CodeFigures, DayFigures } from "./model.ts";

/** Returns the totals. It reads four rows, independent of the number of codes. */
export const codeFigures = async (db: Database, now: number): Promise<CodeFigures> => {
  const [totals, [today]] = await db.batch([
    db.select().from(codeTotals),
    db
      .select({ scans: scanDays.scans })
      .from(scanDays)
      .where(eq(scanDays.day, utcDay(now))),
  ]);
  const count = (status: number) => totals.find((row) => row.status === status)?.count ?? 0;
  const activated = count(CODE_STATUS.activated);
  const unactivated = count(CODE_STATUS.unactivated);
  const revoked = count(CODE_STATUS.revoked);
  return {
    total: activated + unactivated + revoked,
    activated,
    unactivated,
    revoked,
    scansToday: today?.scans ?? 0,
  };
};

/** Returns the share of activated codes in percent, to one decimal. */
export const activationRate = (figures: Pick<CodeFigures, "activated" | "total">): number =>
  figures.total === 0 ? 0 : Math.round((figures.activated / figures.total) * 1_000) / 10;

/** Returns the figures of the last `days` UTC days, newest first; a day without scans has zeros. */
export const dayFigures = async (db: Database, days: number, now: number): Promise<DayFigures[]> => {
  const wanted = Array.from({ length: days }, (_, i) => utcDay(now - i * DAY_MS));
  const rows = await db
    .select()
    .from(scanDays)
    .where(gte(scanDays.day, wanted.at(-1) ?? utcDay(now)))
    .orderBy(desc(scanDays.day));
  const byDay = new Map(rows.map((row) => [row.day, row]));
  return wanted.map((day) => byDay.get(day) ?? { day, scans: 0, invalid: 0, activations: 0 });
};
