import { count, desc, eq, sql } from "drizzle-orm";
import type { Database } from "../../platform/db/client.ts";
import { creditEntries } from "../../platform/db/schema/credits.ts";

export type CreditEntry = typeof creditEntries.$inferSelect;

/** Returns the credits in a wallet with one database read. */
export const balanceOf = async (db: Database, userId: number): Promise<number> => {
  const [last] = await db
    .select({ balance: creditEntries.balance })
    .from(creditEntries)
    .where(eq(creditEntries.userId, userId))
    .orderBy(desc(creditEntries.id))
    .limit(1);
  return last?.balance ?? 0;
};

/** Returns the credits that can pay for another account's tracks: all except given credits. One database read. */
export const ownBalanceOf = async (db: Database, userId: number): Promise<number> => {
  const [last] = await db
    .select({ own: sql<number>`${creditEntries.balance} - ${creditEntries.given}` })
    .from(creditEntries)
    .where(eq(creditEntries.userId, userId))
    .orderBy(desc(creditEntries.id))
    .limit(1);
  return last?.own ?? 0;
};

/** The totals of a wallet, in credits. */
export interface WalletSummary {
  readonly balance: number;
  /** Credits spent, less refunds of generation tasks. */
  readonly used: number;
  /** Credits received as gifts: without the sign-up credits and without earnings from sales. */
  readonly gifted: number;
}

/** Sums up the entries of a wallet with one database read. */
export const summaryOf = async (db: Database, userId: number): Promise<WalletSummary> => {
  const [sums] = await db
    .select({
      balance: sql<number>`ifnull(sum(${creditEntries.amount}), 0)`,
      used: sql<number>`ifnull(-sum(${creditEntries.amount}) FILTER (
        WHERE ${creditEntries.type} = 'CONSUME' OR ${creditEntries.reference} LIKE 'task-refund:%'), 0)`,
      gifted: sql<number>`ifnull(sum(${creditEntries.amount}) FILTER (
        WHERE ${creditEntries.type} = 'REWARD' AND ${creditEntries.reference} NOT LIKE 'signup:%'
          AND ${creditEntries.reference} NOT LIKE 'sale:%'), 0)`,
    })
    .from(creditEntries)
    .where(eq(creditEntries.userId, userId));
  return sums ?? { balance: 0, used: 0, gifted: 0 };
};

/** Lists a page of a wallet's entries, newest first, with their total. It takes one round trip to the database. */
export const listEntries = async (
  db: Database,
  userId: number,
  { page, limit }: { readonly page: number; readonly limit: number },
): Promise<{ entries: CreditEntry[]; total: number }> => {
  const [entries, [counted]] = await db.batch([
    db
      .select()
      .from(creditEntries)
      .where(eq(creditEntries.userId, userId))
      .orderBy(desc(creditEntries.id))
      .limit(limit)
      .offset((page - 1) * limit),
    db.select({ total: count() }).from(creditEntries).where(eq(creditEntries.userId, userId)),
  ]);
  return { entries, total: counted?.total ?? 0 };
};
