import { type SQL, sql } from "drizzle-orm";
import { creditEntries } from "../../platform/db/schema/credits.ts";

export type CreditType = (typeof creditEntries.$inferSelect)["type"];

/** What a new account starts with. */
export const SIGNUP_CREDITS = 50;

export interface NewEntry {
  /** Or an expression for it, where the account is made in the same transaction. */
  readonly userId: number | SQL;
  /** Credits; negative to spend. Or an expression for it. */
  readonly amount: number | SQL;
  readonly type: CreditType;
  /** For people, in the ledger. */
  readonly description: string;
  /** What it is for: `task:<id>`, `order:<id>`. A second entry of the same reference is never added. */
  readonly reference: string;
  /** ms UTC */
  readonly at: number;
}

export interface EntryOptions {
  /** Adds the entry only where this holds at that moment. */
  readonly when?: SQL;
  /** Where the reference exists: `skip` (the default) leaves everything as it is, `fail` undoes the transaction. */
  readonly repeated?: "skip" | "fail";
}

/**
 * The statement that adds an entry, for a transaction with what it pays for. It fails the transaction where the balance
 * would fall below zero; `isOverdraft` recognises that. D1 has one writer, so the last balance is the last.
 */
export const addEntry = (entry: NewEntry, { when, repeated = "skip" }: EntryOptions = {}): SQL => sql`
  INSERT INTO ${creditEntries} (uuid, user_id, amount, balance, type, description, reference, created_at)
  SELECT ${crypto.randomUUID()}, ${entry.userId}, ${entry.amount},
    ${entry.amount} + ifnull(
      (SELECT balance FROM credit_entries WHERE user_id = ${entry.userId} ORDER BY id DESC LIMIT 1), 0),
    ${entry.type}, ${entry.description}, ${entry.reference}, ${entry.at}
  WHERE ${when ?? sql`true`}
    ${
      // Not ON CONFLICT: the balance would be checked before it, and a refund told twice fail instead of being skipped.
      repeated === "skip"
        ? sql`AND NOT EXISTS (SELECT 1 FROM credit_entries WHERE reference = ${entry.reference})`
        : sql``
    }`;

/** Whether a transaction failed because the wallet does not hold enough. */
export const isOverdraft = (error: unknown): boolean =>
  messagesOf(error).some((message) => message.includes("credit_balance_not_negative"));

/** Drizzle wraps what D1 says. */
const messagesOf = (error: unknown): string[] => {
  const messages: string[] = [];
  for (let e = error; e instanceof Error; e = e.cause) messages.push(e.message);
  return messages;
};
