import { type SQL, sql } from "drizzle-orm";
import { creditEntries } from "../../platform/db/schema/credits.ts";

export type CreditType = (typeof creditEntries.$inferSelect)["type"];

/** What a new account starts with. */
export const SIGNUP_CREDITS = 50;

/**
 * Which of a wallet's two kinds of credits an entry moves. `given` adds credits that were given. `own` adds or takes
 * credits that were bought or earned, and given ones never fill in for them. `given_first` spends given credits as far
 * as they go, then own ones. `restores` gives back what the entry of that reference took, of each kind as much.
 */
export type Moves = "given" | "own" | "given_first" | { readonly restores: string };

export interface NewEntry {
  /** Or an expression for it, where the account is made in the same transaction. */
  readonly userId: number | SQL;
  /** Credits; negative to spend. Or an expression for it. */
  readonly amount: number | SQL;
  readonly moves: Moves;
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

/** A balance of the wallet before the entry. */
const last = (column: "balance" | "given", userId: NewEntry["userId"]): SQL =>
  sql`ifnull((SELECT ${sql.raw(column)} FROM credit_entries WHERE user_id = ${userId} ORDER BY id DESC LIMIT 1), 0)`;

/** How many given credits the entry of a reference took: the difference to the row before it. */
const givenTaken = (userId: NewEntry["userId"], reference: string): SQL => sql`ifnull((
  SELECT ifnull((SELECT given FROM credit_entries WHERE user_id = spent.user_id AND id < spent.id
    ORDER BY id DESC LIMIT 1), 0) - spent.given
  FROM credit_entries AS spent WHERE spent.reference = ${reference} AND spent.user_id = ${userId}), 0)`;

/** The balance of given credits after the entry. */
const givenAfter = ({ userId, amount, moves }: NewEntry): SQL => {
  const before = last("given", userId);
  if (moves === "own") return before;
  if (moves === "given") return sql`${before} + ${amount}`;
  if (moves === "given_first") return sql`max(0, ${before} + ${amount})`;
  return sql`${before} + min(${amount}, ${givenTaken(userId, moves.restores)})`;
};

/**
 * The statement that adds an entry, for a transaction with what it pays for. It fails the transaction where the balance,
 * or what of it the entry may take, would fall below zero; `isOverdraft` recognises that. D1 has one writer, so the last
 * balance is the last.
 */
export const addEntry = (entry: NewEntry, { when, repeated = "skip" }: EntryOptions = {}): SQL => sql`
  INSERT INTO ${creditEntries} (uuid, user_id, amount, balance, given, type, description, reference, created_at)
  SELECT ${crypto.randomUUID()}, ${entry.userId}, ${entry.amount},
    ${entry.amount} + ${last("balance", entry.userId)}, ${givenAfter(entry)},
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
  messagesOf(error).some((message) => /credit_(balance_not_negative|given_within_balance)/.test(message));

/** Drizzle wraps what D1 says. */
const messagesOf = (error: unknown): string[] => {
  const messages: string[] = [];
  for (let e = error; e instanceof Error; e = e.cause) messages.push(e.message);
  return messages;
};
