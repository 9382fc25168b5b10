import { and, asc, eq, inArray, isNull, lte } from "drizzle-orm";
import { HOUR_MS, MINUTE_MS, SECOND_MS } from "../../lib/clock.ts";
import { orders } from "../../platform/db/schema/payments.ts";
import { GatewayError, type Order, type PaymentEvent, type PaymentMethod } from "./gateways/spec.ts";
import type { OrdersDependencies, SettlementResult } from "./orders.ts";

/** The delay of the first query to a gateway after a payment started, and the longest interval between queries. */
export const FIRST_QUERY_MS = 30 * SECOND_MS;
const LONGEST_QUERY_MS = 5 * MINUTE_MS;
/** The delay of the first retry after a failed call to a gateway, and the longest interval between retries. */
const FIRST_RETRY_MS = 2 * MINUTE_MS;
const LONGEST_RETRY_MS = HOUR_MS;
/**
 * The limits of one cron run for each gateway: orders, each with one or two calls, and the time for them. Other due
 * orders wait for the next run.
 */
const ORDERS_A_GATEWAY = 40;
const RUN_MS = 30 * SECOND_MS;
/** How many expired orders without a started payment one run cancels. No gateway is called for them. */
const UNSTARTED_A_RUN = 1_000;

/**
 * The reconciliation of orders with their gateways: it queries payments without a notification, cancels unpaid orders
 * that have expired, and continues interrupted refunds.
 */
export class OrderReconciliation {
  constructor(
    private readonly deps: Pick<OrdersDependencies, "db" | "clock" | "gatewayOf" | "report">,
    private readonly settle: (method: PaymentMethod, event: PaymentEvent) => Promise<SettlementResult>,
  ) {}

  /** Runs every minute and does a bounded amount of work. */
  async run(): Promise<void> {
    await this.cancelUnstarted();
    // Each gateway has its own order and time limits, so a gateway that does not answer delays no other.
    await Promise.all(orders.method.enumValues.map((method) => this.processDueOrders(method)));
  }

  /** Asks the gateway for the refund of an order with status REFUNDED, once; plans a retry if the call fails. */
  async refundAtGateway(id: string): Promise<void> {
    const { db, clock, report } = this.deps;
    const [order] = await db.select().from(orders).where(eq(orders.id, id));
    if (order?.status !== "REFUNDED" || order.refundedAt !== null) return;
    const gateway = this.deps.gatewayOf(order.method);
    const isSandbox = order.gatewayTransaction?.startsWith("sandbox:");
    try {
      if (!isSandbox && !gateway) throw new GatewayError(`${order.method} has no credentials any more`);
      if (!isSandbox) await gateway?.refund(order);
    } catch (error) {
      if (!(error instanceof GatewayError)) throw error;
      report("payment.refund_failed", { order: id, detail: error.message });
      return this.scheduleNextQuery(order, retryAt(order, clock()));
    }
    const now = clock();
    await db
      .update(orders)
      .set({ refundedAt: now, nextQueryAt: null, updatedAt: now })
      .where(eq(orders.id, id));
  }

  private async cancelUnstarted(): Promise<void> {
    const { db, clock } = this.deps;
    const now = clock();
    const unstarted = db
      .select({ id: orders.id })
      .from(orders)
      .where(and(eq(orders.status, "PENDING"), lte(orders.expiresAt, now), isNull(orders.nextQueryAt)))
      .limit(UNSTARTED_A_RUN);
    await db.update(orders).set({ status: "CANCELLED", updatedAt: now }).where(inArray(orders.id, unstarted));
  }

  private async processDueOrders(method: PaymentMethod): Promise<void> {
    const { db, clock } = this.deps;
    const began = clock();
    const due = await db
      .select()
      .from(orders)
      .where(and(eq(orders.method, method), lte(orders.nextQueryAt, began)))
      .orderBy(asc(orders.nextQueryAt))
      .limit(ORDERS_A_GATEWAY);
    for (const order of due) {
      const now = clock();
      if (now - began > RUN_MS) return;
      await this.processOrder(order, now);
    }
  }

  private async processOrder(order: Order, now: number): Promise<void> {
    try {
      if (order.status === "REFUNDED") await this.refundAtGateway(order.id);
      else if (order.status === "PENDING") await this.queryGateway(order, now);
      else await this.scheduleNextQuery(order, null);
    } catch (error) {
      // Catches every error, for example one caused by an invalid private key: an order that is not rescheduled would
      // stay first in the queue in every run.
      this.deps.report("payment.gateway_failed", { order: order.id, detail: String(error) });
      await this.scheduleNextQuery(order, retryAt(order, now));
    }
  }

  private async queryGateway(order: Order, now: number): Promise<void> {
    const gateway = order.payment === null ? undefined : this.deps.gatewayOf(order.method);
    const state = gateway && (await gateway.query(order));
    if (state && state.kind !== "unpaid" && state.kind !== "ignored") {
      // An operator must resolve a mismatch; each retry reports it again until then.
      if ((await this.settle(order.method, state)) === "mismatch")
        await this.scheduleNextQuery(order, retryAt(order, now));
      return;
    }
    if (order.expiresAt > now) {
      const interval = growing(now - order.createdAt, FIRST_QUERY_MS, LONGEST_QUERY_MS);
      return this.scheduleNextQuery(order, Math.min(now + interval, order.expiresAt));
    }
    // Closes the payment at the gateway first, so that an expired order can no longer be paid.
    await gateway?.close(order);
    await this.deps.db
      .update(orders)
      .set({ status: "CANCELLED", nextQueryAt: null, updatedAt: now })
      .where(and(eq(orders.id, order.id), eq(orders.status, "PENDING")));
  }

  /** Sets the next query only while the status is as it was read: a refund begun meanwhile has set its own time. */
  private async scheduleNextQuery({ id, status }: Order, nextQueryAt: number | null): Promise<void> {
    await this.deps.db
      .update(orders)
      .set({ nextQueryAt })
      .where(and(eq(orders.id, id), eq(orders.status, status)));
  }
}

/** Returns half of the passed time, within bounds: intervals are short at first and grow. */
const growing = (passedMs: number, least: number, most: number): number =>
  Math.min(most, Math.max(least, Math.floor(passedMs / 2)));

const retryAt = (order: Order, now: number): number =>
  now + growing(now - order.updatedAt, FIRST_RETRY_MS, LONGEST_RETRY_MS);
