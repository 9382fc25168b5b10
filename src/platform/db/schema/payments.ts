import { index, integer, sqliteTable, text } from "drizzle-orm/sqlite-core";

export const orders = sqliteTable(
  "orders",
  {
    /** UUID */
    id: text("id").primaryKey(),
    userId: integer("user_id").notNull(),
    /** The kind of goods. */
    kind: text("kind", { enum: ["credits", "vip"] }).notNull(),
    /** The number of credits; 0 for VIP. */
    credits: integer("credits").notNull(),
    /** Months of VIP; 0 for credits. */
    months: integer("months").notNull().default(0),
    /** The price in the currency's smallest unit (fen) at the time of the order. */
    amountMinor: integer("amount_minor").notNull(),
    /** ISO 4217 */
    currency: text("currency").notNull(),
    method: text("method", { enum: ["ALIPAY", "WECHAT", "STRIPE"] }).notNull(),
    status: text("status", { enum: ["PENDING", "PAID", "FAILED", "CANCELLED", "REFUNDED"] }).notNull(),
    /** JSON of the payment (`Payment`). It is stored so that a second request does not start another payment. */
    payment: text("payment"),
    /** The gateway's id of the started payment (a Checkout session), if the gateway has one. */
    gatewaySession: text("gateway_session"),
    /** The gateway's id of the received payment (transaction, trade or payment intent). */
    gatewayTransaction: text("gateway_transaction"),
    createdAt: integer("created_at").notNull(),
    updatedAt: integer("updated_at").notNull(),
    expiresAt: integer("expires_at").notNull(),
    /** When the cron job must query or refund the payment next; null if there is nothing to do. */
    nextQueryAt: integer("next_query_at"),
    paidAt: integer("paid_at"),
    /** When VIP was delivered; null before that and after a refund. Credits are recorded in their ledger instead. */
    deliveredAt: integer("delivered_at"),
    refundedAt: integer("refunded_at"),
  },
  (t) => [
    index("orders_by_user").on(t.userId, t.createdAt, t.id),
    index("orders_by_status").on(t.status, t.expiresAt),
    index("orders_by_next_query").on(t.nextQueryAt),
  ],
);
