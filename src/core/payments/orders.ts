import { and, count, desc, eq, isNull, sql } from "drizzle-orm";
import type { Clock } from "../../lib/clock.ts";
import type { Failure } from "../../lib/domain-error.ts";
import { err, ok, type Result } from "../../lib/result.ts";
import { type Database, isUniqueViolation } from "../../platform/db/client.ts";
import { orders } from "../../platform/db/schema/payments.ts";
import { transaction } from "../../platform/db/transaction.ts";
import { isOverdraft } from "../credits/index.ts";
import type { Outbox } from "../webhooks/index.ts";
import { ORDER_TTL_MS } from "./facts.ts";
import {
  GatewayError,
  type Order,
  type Payment,
  type PaymentEvent,
  type PaymentGateway,
  type PaymentMethod,
} from "./gateways/spec.ts";
import { FIRST_QUERY_MS, OrderReconciliation } from "./order-reconciliation.ts";
import { deliveryStatements, isPayable, paidEvent, refundStatements } from "./order-statements.ts";
import { CURRENCY, checkAmount, type Goods, priceOf } from "./pricing.ts";

export interface OrdersDependencies {
  readonly db: Database;
  readonly outbox: Outbox;
  readonly clock: Clock;
  readonly gatewayOf: (method: PaymentMethod) => PaymentGateway | undefined;
  /** Whether orders of a method without gateway credentials are paid at once, without money. */
  readonly sandbox: boolean;
  readonly report: (event: string, fields: Record<string, string | number>) => void;
}

export interface NewOrder {
  /** A UUID chosen by the caller. If the caller has an order with this id already, `create` returns that order. */
  readonly id?: string | undefined;
  readonly userId: number;
  readonly goods: Goods;
  readonly method: PaymentMethod;
  /** The amount in yuan that the client expects to pay. */
  readonly yuan?: number | undefined;
}

export interface PaymentUrls {
  /** The page that the gateway returns the buyer to. */
  readonly returnUrl: string;
  readonly notifyUrl: string;
}

export type SettlementResult =
  | "settled"
  | "known"
  | "unknown_order"
  | "other_gateway"
  | "mismatch"
  | "ignored";

/** Orders of credits and VIP, and their payments. Only `settle` turns a payment into credits or VIP. */
export class Orders {
  private readonly upkeep: OrderReconciliation;

  constructor(private readonly deps: OrdersDependencies) {
    this.upkeep = new OrderReconciliation(deps, (method, event) => this.settle(method, event));
  }

  async create({
    id = crypto.randomUUID(),
    userId,
    goods,
    method,
    yuan,
  }: NewOrder): Promise<Result<Order, Failure<"amount_mismatch" | "not_found" | "payment_unavailable">>> {
    const amount = checkAmount(goods, yuan);
    if (!amount.ok) return amount;
    if (!this.deps.gatewayOf(method) && !this.deps.sandbox) return err({ code: "payment_unavailable" });
    const now = this.deps.clock();
    try {
      const [made] = await this.deps.db
        .insert(orders)
        .values({
          id,
          userId,
          kind: goods.kind,
          credits: goods.kind === "credits" ? goods.credits : 0,
          months: goods.kind === "vip" ? goods.months : 0,
          amountMinor: priceOf(goods),
          currency: CURRENCY,
          method,
          status: "PENDING",
          createdAt: now,
          updatedAt: now,
          expiresAt: now + ORDER_TTL_MS,
        })
        .returning();
      if (!made) throw new Error("the order was not stored");
      return ok(made);
    } catch (error) {
      if (isUniqueViolation(error, "orders.id")) return this.find(userId, id);
      throw error;
    }
  }

  /** Lists a page of an account's orders, newest first, with their total. It takes one round trip to the database. */
  async list(
    userId: number,
    { page, limit }: { readonly page: number; readonly limit: number },
  ): Promise<{ orders: Order[]; total: number }> {
    const mine = eq(orders.userId, userId);
    const [rows, [counted]] = await this.deps.db.batch([
      this.deps.db
        .select()
        .from(orders)
        .where(mine)
        .orderBy(desc(orders.createdAt), desc(orders.id))
        .limit(limit)
        .offset((page - 1) * limit),
      this.deps.db.select({ total: count() }).from(orders).where(mine),
    ]);
    return { orders: rows, total: counted?.total ?? 0 };
  }

  async find(userId: number, id: string): Promise<Result<Order, Failure<"not_found">>> {
    const [order] = await this.deps.db
      .select()
      .from(orders)
      .where(and(eq(orders.id, id), eq(orders.userId, userId)));
    return order ? ok(order) : err({ code: "not_found", what: "order" });
  }

  /** Starts the payment of an order. A second call returns the payment that was started. */
  async pay(
    userId: number,
    id: string,
    urls: PaymentUrls,
  ): Promise<
    Result<
      { order: Order; payment: Payment },
      Failure<"not_found" | "payment_unavailable" | "state_conflict">
    >
  > {
    const found = await this.find(userId, id);
    if (!found.ok) return found;
    const order = found.value;
    const gateway = this.deps.gatewayOf(order.method);
    const started = paymentOf(order);
    // A sandbox payment is settled right after it is started. If the order is still pending, an earlier call stopped
    // between the two steps, and the code below settles it.
    if (started && (order.status === "PAID" || (order.status === "PENDING" && gateway)))
      return ok({ order, payment: started });
    if (order.status !== "PENDING" || order.expiresAt <= this.deps.clock())
      return err({ code: "state_conflict", what: "order", state: order.status });
    if (gateway) return this.startAt(gateway, order, urls);
    if (!this.deps.sandbox) return err({ code: "payment_unavailable" });
    await this.keepPayment(order, sandboxPayment(order, urls), undefined);
    await this.settle(order.method, {
      kind: "paid",
      orderId: order.id,
      transaction: `sandbox:${order.id}`,
      amountMinor: order.amountMinor,
      currency: order.currency,
    });
    return this.withPayment(userId, id);
  }

  /**
   * Applies a verified payment event to its order. This is the only way a payment becomes credits or VIP: one
   * transaction, which takes effect once, however often the event is reported. A failure event after the payment
   * changes nothing, and a payment that arrives after the order expired is accepted. `method` is the gateway that
   * reported the event. It must be the order's method, because no other gateway can have started its payment.
   */
  async settle(method: PaymentMethod, event: PaymentEvent): Promise<SettlementResult> {
    if (event.kind === "ignored") return "ignored";
    const { db, outbox, clock, report } = this.deps;
    const [order] = await db.select().from(orders).where(eq(orders.id, event.orderId));
    if (!order) {
      report("payment.unknown_order", { order: event.orderId });
      return "unknown_order";
    }
    if (order.method !== method) {
      report("payment.other_gateway", { order: order.id, method, expected: order.method });
      return "other_gateway";
    }
    const now = clock();
    if (event.kind === "failed") {
      // A gateway also reports "failed" when it closes an expired order, so after `expiresAt` the order is CANCELLED.
      const status = order.expiresAt <= now ? "CANCELLED" : "FAILED";
      const failed = await db
        .update(orders)
        .set({ status, nextQueryAt: null, updatedAt: now })
        .where(and(eq(orders.id, order.id), eq(orders.status, "PENDING")))
        .returning({ id: orders.id });
      return failed.length === 1 ? "settled" : "known";
    }
    if (event.amountMinor !== order.amountMinor || event.currency !== order.currency) {
      report("payment.amount_mismatch", {
        order: order.id,
        paid: `${event.amountMinor} ${event.currency}`,
        owed: `${order.amountMinor} ${order.currency}`,
      });
      return "mismatch";
    }
    const [paid] = await outbox.run(
      [paidEvent(order, now)],
      [
        sql`UPDATE ${orders} SET status = 'PAID', paid_at = ${now}, gateway_transaction = ${event.transaction},
          next_query_at = NULL, updated_at = ${now}
        WHERE ${isPayable(order)}`,
        ...deliveryStatements(order, now),
      ],
    );
    if (paid?.meta.changes === 1) return "settled";
    if (order.gatewayTransaction !== null && order.gatewayTransaction !== event.transaction)
      report("payment.paid_twice", { order: order.id, transaction: event.transaction });
    return "known";
  }

  /**
   * Refunds a paid order. One transaction marks the order and takes the credits or VIP back; then the gateway refunds
   * the money. If this stops in between, the cron job continues it; the gateway refunds an order only once.
   */
  async refund(
    id: string,
  ): Promise<Result<Order, Failure<"insufficient_credits" | "not_found" | "state_conflict">>> {
    const { db, clock } = this.deps;
    const [order] = await db.select().from(orders).where(eq(orders.id, id));
    if (!order) return err({ code: "not_found", what: "order" });
    if (order.status !== "PAID" && order.status !== "REFUNDED")
      return err({ code: "state_conflict", what: "order", state: order.status });
    const now = clock();
    try {
      await transaction(db, [
        sql`UPDATE ${orders} SET status = 'REFUNDED', next_query_at = ${now}, updated_at = ${now}
          WHERE id = ${id} AND status = 'PAID'`,
        ...refundStatements(order, now),
      ]);
    } catch (error) {
      if (isOverdraft(error)) return err({ code: "insufficient_credits", needed: order.credits });
      throw error;
    }
    await this.upkeep.refundAtGateway(id);
    const [after] = await db.select().from(orders).where(eq(orders.id, id));
    return after ? ok(after) : err({ code: "not_found", what: "order" });
  }

  /** Runs every minute; `OrderReconciliation` describes the work. */
  reconcile(): Promise<void> {
    return this.upkeep.run();
  }

  private async startAt(gateway: PaymentGateway, order: Order, urls: PaymentUrls) {
    try {
      const { payment, session } = await gateway.start(order, urls);
      await this.keepPayment(order, payment, session);
    } catch (error) {
      if (!(error instanceof GatewayError)) throw error;
      this.deps.report("payment.start_failed", { order: order.id, detail: error.message });
      return err({ code: "payment_unavailable" });
    }
    return this.withPayment(order.userId, order.id);
  }

  /**
   * Stores the payment unless the order has one already. Of two payments started at the same time the first is kept;
   * this is safe because gateways return the same payment for the same order.
   */
  private async keepPayment(order: Order, payment: Payment, session: string | undefined): Promise<void> {
    const now = this.deps.clock();
    await this.deps.db
      .update(orders)
      .set({
        payment: JSON.stringify(payment),
        gatewaySession: session ?? null,
        nextQueryAt: now + FIRST_QUERY_MS,
        updatedAt: now,
      })
      .where(and(eq(orders.id, order.id), eq(orders.status, "PENDING"), isNull(orders.payment)));
  }

  private async withPayment(
    userId: number,
    id: string,
  ): Promise<Result<{ order: Order; payment: Payment }, Failure<"not_found" | "state_conflict">>> {
    const found = await this.find(userId, id);
    if (!found.ok) return found;
    const payment = paymentOf(found.value);
    return payment
      ? ok({ order: found.value, payment })
      : err({ code: "state_conflict", what: "order", state: found.value.status });
  }
}

const paymentOf = (order: Order): Payment | undefined =>
  order.payment === null ? undefined : (JSON.parse(order.payment) as Payment);

/** Builds the payment of a sandbox order. The redirect goes to the return page, where the order is paid already. */
const sandboxPayment = (order: Order, { returnUrl }: PaymentUrls): Payment =>
  order.method === "WECHAT"
    ? { type: "qr", codeUrl: `weixin://wxpay/bizpayurl?pr=sandbox-${order.id}` }
    : { type: "redirect", url: returnUrl };
