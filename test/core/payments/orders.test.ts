import { describe, expect, it } from "vitest";
import { balanceOf } from "../../../src/core/credits/index.ts";
import type { Order } from "../../../src/core/payments/index.ts";
import { db, newOrders, newUserId, payAtGateway, URLS } from "../../support/payments.ts";

const sandbox = (options = {}) => newOrders({ sandbox: true, withGateways: false, ...options });

const made = async ({ orders } = sandbox(), credits = 100): Promise<Order> => {
  const order = await orders.create({
    userId: newUserId(),
    goods: { kind: "credits", credits },
    method: "ALIPAY",
  });
  if (!order.ok) throw new Error(order.error.code);
  return order.value;
};

const paidEvent = (order: Order, change = {}) => ({
  kind: "paid" as const,
  orderId: order.id,
  transaction: `t-${order.id}`,
  amountMinor: order.amountMinor,
  currency: order.currency,
  ...change,
});

describe("an order", () => {
  it("has the server's price and ignores a price from the client", async () => {
    const { orders } = sandbox();
    const userId = newUserId();
    expect(await made()).toMatchObject({ amountMinor: 1_000, currency: "CNY", status: "PENDING" });
    expect(
      await orders.create({ userId, goods: { kind: "credits", credits: 100 }, method: "ALIPAY", yuan: 10 }),
    ).toMatchObject({
      ok: true,
    });
    expect(
      await orders.create({ userId, goods: { kind: "credits", credits: 100 }, method: "ALIPAY", yuan: 0.01 }),
    ).toMatchObject({
      error: { code: "amount_mismatch" },
    });
    expect(
      await orders.create({
        userId,
        goods: { kind: "credits", credits: 100 },
        method: "ALIPAY",
        yuan: 10.001,
      }),
    ).toMatchObject({
      error: { code: "amount_mismatch" },
    });
    // The binary floating-point value of 3 * 1.1.
    expect(
      await orders.create({
        userId,
        goods: { kind: "credits", credits: 33 },
        method: "ALIPAY",
        yuan: 3.3000000000000003,
      }),
    ).toMatchObject({ ok: true });
  });

  it("is created once per id", async () => {
    const { orders } = sandbox();
    const id = crypto.randomUUID();
    const userId = newUserId();
    const made = await Promise.all(
      Array.from({ length: 5 }, () =>
        orders.create({ id, userId, goods: { kind: "credits", credits: 100 }, method: "ALIPAY" }),
      ),
    );
    expect(made.every((order) => order.ok && order.value.id === id)).toBe(true);
    expect((await orders.list(userId, { page: 1, limit: 10 })).total).toBe(1);
  });

  it("of another account is not found", async () => {
    const { orders } = sandbox();
    const order = await made();
    expect(await orders.find(newUserId(), order.id)).toMatchObject({ error: { code: "not_found" } });
    expect(await orders.pay(newUserId(), order.id, URLS)).toMatchObject({ error: { code: "not_found" } });
  });

  it("with a payment method without credentials is refused outside the sandbox", async () => {
    const { orders } = newOrders({ sandbox: false, withGateways: false });
    expect(
      await orders.create({
        userId: newUserId(),
        goods: { kind: "credits", credits: 100 },
        method: "STRIPE",
      }),
    ).toMatchObject({
      error: { code: "payment_unavailable" },
    });
  });

  it("is paid at once in the sandbox, and only once", async () => {
    const { orders } = sandbox();
    const order = await made();
    const paid = await Promise.all(Array.from({ length: 5 }, () => orders.pay(order.userId, order.id, URLS)));
    expect(paid.every((one) => one.ok)).toBe(true);
    expect(paid.some((one) => one.ok && one.value.order.status === "PAID")).toBe(true);
    expect(await balanceOf(db, order.userId)).toBe(100);
  });

  it("with an interrupted sandbox payment is paid by the next request", async () => {
    const { orders } = sandbox();
    const order = await made();
    await db.$client
      .prepare("UPDATE orders SET payment = ? WHERE id = ?")
      .bind(JSON.stringify({ type: "redirect", url: URLS.returnUrl }), order.id)
      .run();
    expect(await orders.pay(order.userId, order.id, URLS)).toMatchObject({
      value: { order: { status: "PAID" } },
    });
    expect(await balanceOf(db, order.userId)).toBe(100);
  });

  it.each(["FAILED", "CANCELLED", "REFUNDED"])("that is %s cannot be paid", async (status) => {
    const { orders } = sandbox();
    const order = await made();
    await orders.pay(order.userId, order.id, URLS);
    await db.$client.prepare("UPDATE orders SET status = ? WHERE id = ?").bind(status, order.id).run();
    expect(await orders.pay(order.userId, order.id, URLS)).toMatchObject({
      error: { code: "state_conflict", state: status },
    });
  });

  it("without a payment attempt is cancelled after half an hour, and can then not be paid", async () => {
    let now = Date.now();
    const at = sandbox({ at: () => now });
    const order = await made(at);
    now += 30 * 60_000 + 1;
    expect(await at.orders.pay(order.userId, order.id, URLS)).toMatchObject({
      error: { code: "state_conflict" },
    });
    await at.orders.reconcile();
    expect(await at.orders.find(order.userId, order.id)).toMatchObject({ value: { status: "CANCELLED" } });
  });

  it("that was paid is reconciled also among many abandoned orders", async () => {
    const abandoned = await Promise.all(Array.from({ length: 60 }, () => made()));
    const { orders } = newOrders();
    const order = await orders.create({
      userId: newUserId(),
      goods: { kind: "credits", credits: 100 },
      method: "WECHAT",
    });
    if (!order.ok) throw new Error(order.error.code);
    const paid = await orders.pay(order.value.userId, order.value.id, URLS);
    if (!paid.ok) throw new Error(paid.error.code);
    await payAtGateway(paid.value.order);
    await db.$client.batch([
      ...abandoned.map(({ id }) =>
        db.$client.prepare("UPDATE orders SET expires_at = 1 WHERE id = ?").bind(id),
      ),
      db.$client.prepare("UPDATE orders SET next_query_at = 2 WHERE id = ?").bind(order.value.id),
    ]);
    await orders.reconcile();
    expect(await orders.find(order.value.userId, order.value.id)).toMatchObject({
      value: { status: "PAID" },
    });
    for (const { userId, id } of abandoned.slice(0, 3))
      expect(await orders.find(userId, id)).toMatchObject({ value: { status: "CANCELLED" } });
  });
});

describe("settling an order", () => {
  it("ignores a failure after the payment", async () => {
    const { orders } = sandbox();
    const order = await made();
    await orders.settle("ALIPAY", paidEvent(order));
    expect(await orders.settle("ALIPAY", { kind: "failed", orderId: order.id })).toBe("known");
    expect(await orders.find(order.userId, order.id)).toMatchObject({ value: { status: "PAID" } });
  });

  it("queries a payment with a wrong amount rarely, so that it does not block others", async () => {
    const { orders, reports } = newOrders();
    const order = await orders.create({
      userId: newUserId(),
      goods: { kind: "credits", credits: 100 },
      method: "WECHAT",
    });
    if (!order.ok) throw new Error(order.error.code);
    const paid = await orders.pay(order.value.userId, order.value.id, URLS);
    if (!paid.ok) throw new Error(paid.error.code);
    await payAtGateway(paid.value.order);
    await db.$client
      .prepare("UPDATE orders SET amount_minor = 999, next_query_at = 1 WHERE id = ?")
      .bind(order.value.id)
      .run();
    const before = Date.now();
    await orders.reconcile();
    expect(reports).toContain("payment.amount_mismatch");
    const found = await orders.find(order.value.userId, order.value.id);
    expect(found).toMatchObject({ value: { status: "PENDING" } });
    expect(found.ok && found.value.nextQueryAt).toBeGreaterThan(before + 60_000);
  });

  it("counts fifty concurrent notifications, including failures, as one payment", async () => {
    const { orders } = sandbox();
    const order = await made();
    const told = await Promise.all(
      Array.from({ length: 50 }, (_, i) =>
        orders.settle("ALIPAY", i % 5 === 4 ? { kind: "failed", orderId: order.id } : paidEvent(order)),
      ),
    );
    expect(told.filter((one) => one === "mismatch" || one === "unknown_order")).toEqual([]);
    expect(await orders.find(order.userId, order.id)).toMatchObject({ value: { status: "PAID" } });
    expect(await balanceOf(db, order.userId)).toBe(100);
  });

  it("reports a second payment of an order", async () => {
    const { orders, reports } = sandbox();
    const order = await made();
    await orders.settle("ALIPAY", paidEvent(order));
    expect(await orders.settle("ALIPAY", paidEvent(order))).toBe("known");
    expect(reports).toEqual([]);
    expect(await orders.settle("ALIPAY", paidEvent(order, { transaction: "another" }))).toBe("known");
    expect(reports).toEqual(["payment.paid_twice"]);
    expect(await balanceOf(db, order.userId)).toBe(100);
  });

  it("accepts a payment after a failure", async () => {
    const { orders } = sandbox();
    const order = await made();
    expect(await orders.settle("ALIPAY", { kind: "failed", orderId: order.id })).toBe("settled");
    expect(await orders.settle("ALIPAY", paidEvent(order))).toBe("settled");
    expect(await balanceOf(db, order.userId)).toBe(100);
  });

  it.each([
    ["an amount that is too small", { amountMinor: 999 }],
    ["an amount that is too large", { amountMinor: 1_001 }],
    ["an amount that is not a number", { amountMinor: Number.NaN }],
    ["another currency", { currency: "USD" }],
  ])("changes nothing for %s", async (_, change) => {
    const { orders } = sandbox();
    const order = await made();
    expect(await orders.settle("ALIPAY", paidEvent(order, change))).toBe("mismatch");
    expect(await balanceOf(db, order.userId)).toBe(0);
  });

  it("ignores unknown orders", async () => {
    const { orders, reports } = sandbox();
    const order = await made();
    expect(await orders.settle("ALIPAY", paidEvent(order, { orderId: crypto.randomUUID() }))).toBe(
      "unknown_order",
    );
    expect(reports).toEqual(["payment.unknown_order"]);
  });
});

describe("a notification from another gateway than the order's", () => {
  it.each(["STRIPE", "WECHAT"] as const)("settles nothing and is reported: %s", async (other) => {
    const { orders, reports } = sandbox();
    const order = await made();
    expect(await orders.settle(other, paidEvent(order))).toBe("other_gateway");
    expect(await orders.settle(other, { kind: "failed", orderId: order.id })).toBe("other_gateway");
    expect(reports).toEqual(["payment.other_gateway", "payment.other_gateway"]);
    expect(await orders.find(order.userId, order.id)).toMatchObject({
      value: { status: "PENDING", gatewayTransaction: null },
    });
    expect(await balanceOf(db, order.userId)).toBe(0);
    expect(await orders.settle("ALIPAY", paidEvent(order))).toBe("settled");
  });
});

describe("a refund", () => {
  it("is refused when the credits are spent, and changes nothing", async () => {
    const { orders } = sandbox();
    const order = await made();
    await orders.settle("ALIPAY", paidEvent(order));
    await db.$client
      .prepare(
        `INSERT INTO credit_entries (uuid, user_id, amount, balance, type, description, reference, created_at)
         VALUES (?, ?, -40, 60, 'CONSUME', 'spent', ?, 0)`,
      )
      .bind(crypto.randomUUID(), order.userId, `test:${order.id}`)
      .run();
    expect(await orders.refund(order.id)).toMatchObject({ error: { code: "insufficient_credits" } });
    expect(await orders.find(order.userId, order.id)).toMatchObject({ value: { status: "PAID" } });
    expect(await balanceOf(db, order.userId)).toBe(60);
  });

  it("is possible only for paid orders", async () => {
    const { orders } = sandbox();
    const order = await made();
    expect(await orders.refund(order.id)).toMatchObject({
      error: { code: "state_conflict", state: "PENDING" },
    });
  });
});
