import { type SQL, sql } from "drizzle-orm";
import { DAY_MS } from "../../lib/clock.ts";
import { users } from "../../platform/db/schema/identity.ts";
import { orders } from "../../platform/db/schema/payments.ts";
import { addEntry } from "../credits/index.ts";
import type { NewEvent } from "../webhooks/index.ts";
import type { Order } from "./gateways/spec.ts";

const MONTH_MS = 30 * DAY_MS;

/**
 * Builds the condition that a payment of the order is accepted. A payment that arrives late counts; a second payment
 * does not.
 */
export const isPayable = ({ id }: Order): SQL =>
  sql`id = ${id} AND status IN ('PENDING', 'CANCELLED', 'FAILED')`;

/** Builds the event that the buyer's webhooks receive. */
export const paidEvent = (order: Order, now: number): NewEvent => ({
  type: "order.paid",
  userId: order.userId,
  environment: "live",
  at: now,
  when: sql`EXISTS (SELECT 1 FROM ${orders} WHERE ${isPayable(order)})`,
  data: {
    id: order.id,
    kind: order.kind,
    credits: order.credits,
    months: order.months,
    amountMinor: order.amountMinor,
    currency: order.currency,
    method: order.method,
    paidAt: new Date(now).toISOString(),
  },
});

const hasStatus = (order: Order, status: Order["status"]) =>
  sql`EXISTS (SELECT 1 FROM ${orders} WHERE id = ${order.id} AND status = ${status})`;

/** Builds the statements that deliver the goods once, for the transaction that marks the order as paid. */
export const deliveryStatements = (order: Order, now: number): SQL[] => {
  if (order.kind === "vip") {
    const owed = sql`EXISTS (SELECT 1 FROM ${orders}
      WHERE id = ${order.id} AND status = 'PAID' AND delivered_at IS NULL)`;
    return [
      sql`UPDATE ${users} SET plan = 'pro', updated_at = ${now},
          plan_until = max(ifnull(plan_until, 0), ${now}) + ${order.months * MONTH_MS}
        WHERE id = ${order.userId} AND NOT (plan = 'pro' AND plan_until IS NULL) AND ${owed}`,
      sql`UPDATE ${orders} SET delivered_at = ${now}
        WHERE id = ${order.id} AND status = 'PAID' AND delivered_at IS NULL`,
    ];
  }
  return [
    addEntry(
      {
        userId: order.userId,
        amount: order.credits,
        moves: "own",
        type: "RECHARGE",
        description: "Credits bought",
        reference: `order:${order.id}`,
        at: now,
      },
      { when: hasStatus(order, "PAID") },
    ),
  ];
};

/** Builds the statements that take the goods back once, for the transaction that marks the order as refunded. */
export const refundStatements = (order: Order, now: number): SQL[] => {
  if (order.kind === "vip") {
    const delivered = sql`EXISTS (SELECT 1 FROM ${orders}
      WHERE id = ${order.id} AND status = 'REFUNDED' AND delivered_at IS NOT NULL)`;
    return [
      sql`UPDATE ${users} SET plan_until = plan_until - ${order.months * MONTH_MS}, updated_at = ${now}
        WHERE id = ${order.userId} AND plan_until IS NOT NULL AND ${delivered}`,
      sql`UPDATE ${orders} SET delivered_at = NULL WHERE id = ${order.id} AND status = 'REFUNDED'`,
    ];
  }
  return [
    addEntry(
      {
        userId: order.userId,
        amount: -order.credits,
        // The refund needs the bought credits themselves: given credits must not be converted into money.
        moves: "own",
        type: "REFUND",
        description: "Order refunded",
        reference: `order-refund:${order.id}`,
        at: now,
      },
      { when: hasStatus(order, "REFUNDED") },
    ),
  ];
};
