import { sql } from "drizzle-orm";
import { check, index, integer, sqliteTable, text } from "drizzle-orm/sqlite-core";

/** The ledger of credits. Rows are only added; the last row of a wallet holds its balances. */
export const creditEntries = sqliteTable(
  "credit_entries",
  {
    id: integer("id").primaryKey({ autoIncrement: true }),
    uuid: text("uuid").notNull().unique(),
    userId: integer("user_id").notNull(),
    /** Credits; negative if they were spent. */
    amount: integer("amount").notNull(),
    /** Credits in the wallet after this row. */
    balance: integer("balance").notNull(),
    /**
     * The given credits in the balance (from sign-up or a gift). They pay for generation, but not for tracks of other
     * accounts.
     */
    given: integer("given").notNull().default(0),
    type: text("type", { enum: ["RECHARGE", "CONSUME", "REFUND", "REWARD"] }).notNull(),
    description: text("description").notNull(),
    /**
     * What the entry is for, unique: `signup:<uuid>`, `task:<id>`, `task-refund:<id>`, `order:<id>`,
     * `order-refund:<id>`, `purchase:<id>`, `sale:<id>`.
     */
    reference: text("reference").notNull().unique(),
    createdAt: integer("created_at").notNull(),
  },
  (t) => [
    index("credit_entries_by_user").on(t.userId, t.id),
    // These checks make an overdraft impossible, however many debits arrive at once.
    check("credit_balance_not_negative", sql`balance >= 0`),
    check("credit_given_within_balance", sql`given >= 0 AND given <= balance`),
  ],
);
