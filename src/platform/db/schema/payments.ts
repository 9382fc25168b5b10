import { index, integer, sqliteTable, text } from "drizzle-orm/sqlite-core";

export const orders = sqliteTable(
  "orders",
  {
    /** UUID */
    id: text("id").primaryKey(),
    userId: integer("user_id").notNull(),
    /** What is bought. */
    kind: text("kind", { enum: ["credits", "vip"] }).notNull(),
    /** 0 for VIP. */
    credits: integer("credits").notNull(),
    /** Months of VIP; 0 for credits. */
    months: integer("months").notNull().default(0),
    /** Price in the currency's smallest unit (fen), as our price list had it when the order was made. */
    amountMinor: integer("amount_minor").notNull(),
    /** ISO 4217 */
    currency: text("currency").notNull(),
    method: text("method", { enum: ["ALIPAY", "WECHAT", "STRIPE"] }).notNull(),
    status: text("status", { enum: ["PENDING", "PAID", "FAILED", "CANCELLED", "REFUNDED"] }).notNull(),
    /** JSON of what the client needs to pay; kept, so that asking twice starts one payment. */
    payment: text("payment"),
    /** The gateway's id of the payment being made (Checkout session), where it has one. */
    gatewaySession: text("gateway_session"),
    /** The gateway's id of the money received (transaction, trade, payment intent). */
    gatewayTransaction: text("gateway_transaction"),
    createdAt: integer("created_at").notNull(),
    updatedAt: integer("updated_at").notNull(),
    expiresAt: integer("expires_at").notNull(),
    /** When the gateway is asked next what became of it; null once nothing is to be asked. */
    nextQueryAt: integer("next_query_at"),
    paidAt: integer("paid_at"),
    /** When VIP was given for it; null while it is not, or was taken back. Credits have their ledger. */
    deliveredAt: integer("delivered_at"),
    refundedAt: integer("refunded_at"),
  },
  (t) => [
    index("orders_by_user").on(t.userId, t.createdAt, t.id),
    index("orders_by_status").on(t.status, t.expiresAt),
    index("orders_by_next_query").on(t.nextQueryAt),
  ],
);
