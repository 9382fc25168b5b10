import { sql } from "drizzle-orm";
import { check, index, integer, sqliteTable, text } from "drizzle-orm/sqlite-core";

/** The ledger. Rows are only ever added; the balances of a wallet are those of its last row. */
export const creditEntries = sqliteTable(
  "credit_entries",
  {
    id: integer("id").primaryKey({ autoIncrement: true }),
    uuid: text("uuid").notNull().unique(),
    userId: integer("user_id").notNull(),
    /** Credits; negative where they were spent. */
    amount: integer("amount").notNull(),
    /** Credits in the wallet after this row. */
    balance: integer("balance").notNull(),
    /** How many of these were given (sign-up, grants): they pay for generation, and not for another account's tracks. */
    given: integer("given").notNull().default(0),
    type: text("type", { enum: ["RECHARGE", "CONSUME", "REFUND", "REWARD"] }).notNull(),
    description: text("description").notNull(),
    /** What it is for, once: `signup:1`, `task:<id>`, `task-refund:<id>`, `order:<id>`, `order-refund:<id>`. */
    reference: text("reference").notNull().unique(),
    createdAt: integer("created_at").notNull(),
  },
  (t) => [
    index("credit_entries_by_user").on(t.userId, t.id),
    // What makes an overdraft impossible, however many debits arrive at once.
    check("credit_balance_not_negative", sql`balance >= 0`),
    check("credit_given_within_balance", sql`given >= 0 AND given <= balance`),
  ],
);
