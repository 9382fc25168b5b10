import { and, asc, eq, inArray, isNull, lte } from "drizzle-orm";
import { HOUR_MS, MINUTE_MS, SECOND_MS } from "../../lib/clock.ts";
import { orders } from "../../platform/db/schema/payments.ts";
import { GatewayError, type Order, type PaymentEvent, type PaymentMethod } from "./gateways/spec.ts";
import type { OrdersDependencies, Settled } from "./orders.ts";

/** How soon after a payment was started the gateway is asked for the first time, and how seldom at the most. */
export const FIRST_QUERY_MS = 30 * SECOND_MS;
const LONGEST_QUERY_MS = 5 * MINUTE_MS;
/** How soon after a failure the gateway is asked again, and how seldom at the most. */
const FIRST_RETRY_MS = 2 * MINUTE_MS;
const LONGEST_RETRY_MS = HOUR_MS;
/** What one run of the cron asks one gateway: each order is a call or two. The rest waits for the next run. */
const ORDERS_A_GATEWAY = 40;
const RUN_MS = 30 * SECOND_MS;
/** Orders nobody started to pay that one run cancels: no gateway is asked about them. */
const UNSTARTED_A_RUN = 1_000;

/** What a notification should have told and did not, orders nobody paid, refunds that broke off. */
export class OrderUpkeep {
  constructor(
    private readonly deps: Pick<OrdersDependencies, "db" | "clock" | "gatewayOf" | "report">,
    private readonly settle: (method: PaymentMethod, event: PaymentEvent) => Promise<Settled>,
  ) {}

  /** Every minute, a bounded piece at a time. */
  async run(): Promise<void> {
    await this.cancelUnstarted();
    // Each gateway has orders and time of its own: one that hangs keeps no other waiting.
    await Promise.all(orders.method.enumValues.map((method) => this.workOff(method)));
  }

  /** Of an order that is refunded, once: asks the gateway, and asks again later where that fails. */
  async giveMoneyBack(id: string): Promise<void> {
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
      return this.plan(order, retryAt(order, clock()));
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

  private async workOff(method: PaymentMethod): Promise<void> {
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
      await this.lookAfter(order, now);
    }
  }

  private async lookAfter(order: Order, now: number): Promise<void> {
    try {
      if (order.status === "REFUNDED") await this.giveMoneyBack(order.id);
      else if (order.status === "PENDING") await this.askAbout(order, now);
      else await this.plan(order, null);
    } catch (error) {
      // Whatever it is, a key that is none too: an order that is not put off keeps its place before all others.
      this.deps.report("payment.gateway_failed", { order: order.id, detail: String(error) });
      await this.plan(order, retryAt(order, now));
    }
  }

  private async askAbout(order: Order, now: number): Promise<void> {
    const gateway = order.payment === null ? undefined : this.deps.gatewayOf(order.method);
    const state = gateway && (await gateway.query(order));
    if (state && state.kind !== "unpaid" && state.kind !== "ignored") {
      // Somebody has to look at it; it is reported again until then.
      if ((await this.settle(order.method, state)) === "mismatch")
        await this.plan(order, retryAt(order, now));
      return;
    }
    if (order.expiresAt > now) {
      const interval = growing(now - order.createdAt, FIRST_QUERY_MS, LONGEST_QUERY_MS);
      return this.plan(order, Math.min(now + interval, order.expiresAt));
    }
    // At the gateway first: nobody is to pay for what has expired here.
    await gateway?.close(order);
    await this.deps.db
      .update(orders)
      .set({ status: "CANCELLED", nextQueryAt: null, updatedAt: now })
      .where(and(eq(orders.id, order.id), eq(orders.status, "PENDING")));
  }

  /** Only of the order as it was read: a refund that began meanwhile has planned its own way on. */
  private async plan({ id, status }: Order, nextQueryAt: number | null): Promise<void> {
    await this.deps.db
      .update(orders)
      .set({ nextQueryAt })
      .where(and(eq(orders.id, id), eq(orders.status, status)));
  }
}

/** Half of what has passed, within bounds: soon at first, seldom later. */
const growing = (passedMs: number, least: number, most: number): number =>
  Math.min(most, Math.max(least, Math.floor(passedMs / 2)));

const retryAt = (order: Order, now: number): number =>
  now + growing(now - order.updatedAt, FIRST_RETRY_MS, LONGEST_RETRY_MS);
