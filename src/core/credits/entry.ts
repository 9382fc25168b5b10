import { type SQL, sql } from "drizzle-orm";
import { creditEntries } from "../../platform/db/schema/credits.ts";

export type CreditType = (typeof creditEntries.$inferSelect)["type"];

/**
 * Which of a wallet's two kinds of credits an entry changes: given credits (from sign-up or a gift) or own credits
 * (bought or earned). `given` adds given credits. `own` adds or subtracts own credits; it never spends given credits
 * instead. `given_first` spends given credits first and own credits for the rest. `restores` refunds the entry with
 * that reference: each kind receives the amount that was spent from it.
 */
export type BalanceChange = "given" | "own" | "given_first" | { readonly restores: string };

export interface NewEntry {
  /** The account's id, or an SQL expression for it if the same transaction creates the account. */
  readonly userId: number | SQL;
  /** Credits, or an SQL expression for them; negative to spend. */
  readonly amount: number | SQL;
  readonly moves: BalanceChange;
  readonly type: CreditType;
  /** The text that a user reads in the ledger. */
  readonly description: string;
  /** What the entry pays for: `task:<id>`, `order:<id>`. A reference is unique: it never has a second entry. */
  readonly reference: string;
  /** ms UTC */
  readonly at: number;
}

export interface EntryOptions {
  /** Adds the entry only if this condition holds when the statement runs. */
  readonly when?: SQL;
  /** If the reference exists already: `skip` (the default) adds no entry, `fail` rolls the transaction back. */
  readonly onDuplicate?: "skip" | "fail";
}

/** Builds the expression for a balance of the wallet before the entry. */
const last = (column: "balance" | "given", userId: NewEntry["userId"]): SQL =>
  sql`ifnull((SELECT ${sql.raw(column)} FROM credit_entries WHERE user_id = ${userId} ORDER BY id DESC LIMIT 1), 0)`;

/** Builds the expression for the given credits that an entry spent: the difference to the account's row before. */
const givenTaken = (userId: NewEntry["userId"], reference: string): SQL => sql`ifnull((
  SELECT ifnull((SELECT given FROM credit_entries WHERE user_id = spent.user_id AND id < spent.id
    ORDER BY id DESC LIMIT 1), 0) - spent.given
  FROM credit_entries AS spent WHERE spent.reference = ${reference} AND spent.user_id = ${userId}), 0)`;

/** Builds the expression for the balance of given credits after the entry. */
const givenAfter = ({ userId, amount, moves }: NewEntry): SQL => {
  const before = last("given", userId);
  if (moves === "own") return before;
  if (moves === "given") return sql`${before} + ${amount}`;
  if (moves === "given_first") return sql`max(0, ${before} + ${amount})`;
  return sql`${before} + min(${amount}, ${givenTaken(userId, moves.restores)})`;
};

/**
 * Builds the statement that adds an entry; it belongs in one transaction with the change that it pays for. The
 * transaction fails if the balance, or the part of it that the entry may spend, would fall below zero; `isOverdraft`
 * recognizes that failure. D1 has a single writer, so the balance that the statement reads cannot be out of date.
 */
export const addEntry = (entry: NewEntry, { when, onDuplicate = "skip" }: EntryOptions = {}): SQL => sql`
  INSERT INTO ${creditEntries} (uuid, user_id, amount, balance, given, type, description, reference, created_at)
  SELECT ${crypto.randomUUID()}, ${entry.userId}, ${entry.amount},
    ${entry.amount} + ${last("balance", entry.userId)}, ${givenAfter(entry)},
    ${entry.type}, ${entry.description}, ${entry.reference}, ${entry.at}
  WHERE ${when ?? sql`true`}
    ${
      // Not ON CONFLICT: SQLite checks the balance constraints first, so a repeated refund could fail instead of
      // being skipped.
      onDuplicate === "skip"
        ? sql`AND NOT EXISTS (SELECT 1 FROM credit_entries WHERE reference = ${entry.reference})`
        : sql``
    }`;

/** Whether a transaction failed because the wallet does not hold enough credits. */
export const isOverdraft = (error: unknown): boolean =>
  messagesOf(error).some((message) => /credit_(balance_not_negative|given_within_balance)/.test(message));

/** Returns the messages of an error and its causes, because Drizzle wraps the errors of D1. */
const messagesOf = (error: unknown): string[] => {
  const messages: string[] = [];
  for (let e = error; e instanceof Error; e = e.cause) messages.push(e.message);
  return messages;
};
