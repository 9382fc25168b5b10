import { createPrivateKey } from "node:crypto";
import { afterEach, describe, expect, it } from "vitest";
import { balanceOf } from "../../../src/core/credits/index.ts";
import { AlipayGateway, type Order, type PaymentMethod } from "../../../src/core/payments/index.ts";
import {
  controlFake,
  db,
  fakes,
  gateways,
  newOrders,
  newUserId,
  payAtGateway,
  setMode,
  URLS,
} from "../../support/payments.ts";

const METHODS = ["STRIPE", "ALIPAY", "WECHAT"] as const;
const MINUTE = 60_000;

const gatewayOf = (method: PaymentMethod) => {
  const gateway = gateways.get(method);
  if (!gateway) throw new Error(`${method} is not configured`);
  return gateway;
};

const started = async (method: PaymentMethod, { orders } = newOrders()): Promise<Order> => {
  const userId = newUserId();
  const made = await orders.create({ userId, goods: { kind: "credits", credits: 100 }, method });
  if (!made.ok) throw new Error(made.error.code);
  const paid = await orders.pay(userId, made.value.id, URLS);
  if (!paid.ok) throw new Error(paid.error.code);
  return paid.value.order;
};

const stored = async (order: Order, { orders } = newOrders()): Promise<Order> => {
  const found = await orders.find(order.userId, order.id);
  if (!found.ok) throw new Error(found.error.code);
  return found.value;
};

const read = (
  method: PaymentMethod,
  { body, headers = {} }: { body: string; headers?: Record<string, string> },
) => gatewayOf(method).readCallback(new Headers(headers), body);

afterEach(async () => {
  for (const method of METHODS) await setMode(method, "up");
});

describe.each(METHODS)("%s", (method) => {
  it("starts one payment per order, also in repeated and concurrent requests", async () => {
    const { orders } = newOrders();
    const userId = newUserId();
    const made = await orders.create({ userId, goods: { kind: "credits", credits: 100 }, method });
    if (!made.ok) throw new Error(made.error.code);
    const payments = await Promise.all(
      Array.from({ length: 5 }, () => orders.pay(userId, made.value.id, URLS)),
    );
    const told = new Set(payments.map((paid) => paid.ok && JSON.stringify(paid.value.payment)));
    expect(told.size).toBe(1);
    const [payment] = told;
    expect(payment).toMatch(
      { STRIPE: /https:\/\/checkout\.stripe\.com/, ALIPAY: /gateway\.do\?/, WECHAT: /weixin:\/\// }[method],
    );
  });

  it("credits a payment once, after ten concurrent notifications and a later one", async () => {
    const { orders } = newOrders();
    const order = await started(method);
    const callback = await payAtGateway(order);
    const outcome = await read(method, callback);
    expect(outcome).toMatchObject({ kind: "paid", orderId: order.id, amountMinor: 1_000, currency: "CNY" });
    if (outcome.kind !== "paid") return;
    const settled = await Promise.all(Array.from({ length: 10 }, () => orders.settle(method, outcome)));
    expect(settled.sort()).toEqual([...Array.from({ length: 9 }, () => "known"), "settled"]);
    expect(await orders.settle(method, outcome)).toBe("known");
    expect(await balanceOf(db, order.userId)).toBe(100);
    expect(await stored(order)).toMatchObject({ status: "PAID", gatewayTransaction: outcome.transaction });
  });

  it("ignores an altered notification", async () => {
    const order = await started(method);
    const { body, headers } = await payAtGateway(order);
    const altered = body.replace(/\d/, (digit) => (digit === "9" ? "8" : "9"));
    expect(altered).not.toBe(body);
    expect(await read(method, { body: altered, ...(headers && { headers }) })).toMatchObject({
      kind: "forged",
    });
    expect(await read(method, { body })).toMatchObject(
      method === "ALIPAY" ? { kind: "paid" } : { kind: "forged" },
    );
    expect(await read(method, { body: "", headers: headers ?? {} })).toMatchObject({ kind: "forged" });
    expect(await read(method, { body: "\u0000{]", headers: headers ?? {} })).toMatchObject({
      kind: "forged",
    });
  });

  it("is queried about an order when the notification was lost", async () => {
    let now = Date.now();
    const at = newOrders({ at: () => now });
    const order = await started(method, at);
    await payAtGateway(order);
    await at.orders.reconcile();
    expect(await stored(order)).toMatchObject({ status: "PENDING" });
    now += MINUTE;
    await at.orders.reconcile();
    expect(await stored(order)).toMatchObject({ status: "PAID" });
    expect(await balanceOf(db, order.userId)).toBe(100);
  });

  it("closes an order that was not paid within half an hour, at the gateway and here", async () => {
    let now = Date.now();
    const at = newOrders({ at: () => now });
    const order = await started(method, at);
    if (method === "ALIPAY") await controlFake("ALIPAY", "/__open", JSON.parse(order.payment ?? "{}"));
    now += 29 * MINUTE;
    // WeChat refuses requests with a shifted timestamp, and this part depends only on the clock.
    if (method !== "WECHAT") await at.orders.reconcile();
    expect(await stored(order)).toMatchObject({ status: "PENDING" });
    await db.$client
      .prepare("UPDATE orders SET expires_at = 1, next_query_at = 1 WHERE id = ?")
      .bind(order.id)
      .run();
    await newOrders().orders.reconcile();
    expect(await stored(order)).toMatchObject({ status: "CANCELLED", nextQueryAt: null });
    const there = await controlFake<{ status?: string; trade_status?: string; trade_state?: string }>(
      method,
      { STRIPE: "/__session", ALIPAY: "/__trade", WECHAT: "/__transaction" }[method],
      { order: order.id },
    );
    expect(there.status ?? there.trade_status ?? there.trade_state).toBe(
      { STRIPE: "expired", ALIPAY: "TRADE_CLOSED", WECHAT: "CLOSED" }[method],
    );
  });

  it("accepts a payment that arrives after the order expired", async () => {
    const { orders } = newOrders();
    const order = await started(method);
    const callback = await payAtGateway(order);
    await db.$client.prepare("UPDATE orders SET status = 'CANCELLED' WHERE id = ?").bind(order.id).run();
    const outcome = await read(method, callback);
    if (outcome.kind === "forged") throw new Error(outcome.detail);
    expect(await orders.settle(method, outcome)).toBe("settled");
    expect(await balanceOf(db, order.userId)).toBe(100);
  });

  it("refunds the payment once and takes the credits back", async () => {
    const { orders } = newOrders();
    const order = await started(method);
    const outcome = await read(method, await payAtGateway(order));
    if (outcome.kind === "forged") throw new Error(outcome.detail);
    await orders.settle(method, outcome);
    const refunded = await Promise.all(Array.from({ length: 3 }, () => orders.refund(order.id)));
    expect(refunded.every((one) => one.ok)).toBe(true);
    expect(await balanceOf(db, order.userId)).toBe(0);
    expect(await stored(order)).toMatchObject({ status: "REFUNDED", refundedAt: expect.any(Number) });
    const there = await controlFake<object[]>(method, "/__refunds");
    const number = method === "STRIPE" ? outcome.kind === "paid" && outcome.transaction : order.id;
    const mine = there.filter((refund) =>
      JSON.stringify(refund).replaceAll("-", "").includes(String(number).replaceAll("-", "")),
    );
    expect(mine).toHaveLength(1);
    expect(await orders.settle(method, outcome)).toBe("known");
    expect(await balanceOf(db, order.userId)).toBe(0);
  });

  it("completes a refund that failed at first", async () => {
    let now = Date.now();
    const at = newOrders({ at: () => now });
    const order = await started(method);
    const outcome = await read(method, await payAtGateway(order));
    if (outcome.kind === "forged") throw new Error(outcome.detail);
    await at.orders.settle(method, outcome);
    await setMode(method, "down");
    await at.orders.refund(order.id);
    expect(await stored(order)).toMatchObject({ status: "REFUNDED", refundedAt: null });
    expect(at.reports).toContain("payment.refund_failed");
    await setMode(method, "up");
    now += 3 * MINUTE;
    await at.orders.reconcile();
    expect(await stored(order)).toMatchObject({ refundedAt: now, nextQueryAt: null });
    expect(await balanceOf(db, order.userId)).toBe(0);
  });

  it("that is down makes a payment unavailable and leaves the order unchanged", async () => {
    const { orders, reports } = newOrders();
    // Alipay's payment page is a URL that we sign ourselves, without a call.
    if (method === "ALIPAY") return;
    await setMode(method, "down");
    const userId = newUserId();
    const made = await orders.create({ userId, goods: { kind: "credits", credits: 100 }, method });
    if (!made.ok) throw new Error(made.error.code);
    expect(await orders.pay(userId, made.value.id, URLS)).toMatchObject({
      error: { code: "payment_unavailable" },
    });
    expect(reports).toContain("payment.start_failed");
    await setMode(method, "up");
    expect(await orders.pay(userId, made.value.id, URLS)).toMatchObject({ ok: true });
  });
});

describe("a payment that was started at the gateway but not stored", () => {
  it.each(METHODS)("is started again with the same session seconds later (%s)", async (method) => {
    const order = await started(method);
    await db.$client.prepare("UPDATE orders SET payment = NULL WHERE id = ?").bind(order.id).run();
    // Stripe's timestamps are in seconds.
    await scheduler.wait(1_100);
    const again = await newOrders().orders.pay(order.userId, order.id, URLS);
    expect(again).toMatchObject({ ok: true, value: { order: { gatewaySession: order.gatewaySession } } });
  });
});

describe("Stripe", () => {
  const told = async (type: string, object: object) =>
    read(
      "STRIPE",
      await controlFake("STRIPE", "/__sign", {
        event: { id: "evt_3", object: "event", type, data: { object } },
      }),
    );
  const session = {
    id: "cs_test_1",
    object: "checkout.session",
    client_reference_id: "an-order",
    payment_intent: "pi_1",
    payment_status: "paid",
    amount_total: 1_000,
    currency: "cny",
  };
  const paid = {
    kind: "paid",
    orderId: "an-order",
    transaction: "pi_1",
    amountMinor: 1_000,
    currency: "CNY",
  };

  it.each([
    ["checkout.session.completed", {}, paid],
    ["checkout.session.completed", { payment_status: "unpaid" }, { kind: "ignored" }],
    ["checkout.session.completed", { client_reference_id: null }, { kind: "ignored" }],
    ["checkout.session.async_payment_succeeded", {}, paid],
    [
      "checkout.session.async_payment_failed",
      { payment_status: "unpaid" },
      { kind: "failed", orderId: "an-order" },
    ],
    ["checkout.session.expired", { payment_status: "unpaid" }, { kind: "ignored" }],
  ])("maps %s with %j to an outcome", async (type, change, expected) => {
    expect(await told(type, { ...session, ...change })).toEqual(expected);
  });

  it.each([{ amount_total: 1 }, { currency: "usd" }])("does not settle an order for %j", async (change) => {
    const { orders, reports } = newOrders();
    const order = await started("STRIPE");
    const outcome = await told("checkout.session.completed", {
      ...session,
      client_reference_id: order.id,
      ...change,
    });
    if (outcome.kind === "forged") throw new Error(outcome.detail);
    expect(await orders.settle("STRIPE", outcome)).toBe("mismatch");
    expect(reports).toEqual(["payment.amount_mismatch"]);
    expect(await stored(order)).toMatchObject({ status: "PENDING" });
  });

  it("completes a refund after its answer was lost for longer than Stripe keeps an idempotency key", async () => {
    const { orders } = newOrders();
    const order = await started("STRIPE");
    const outcome = await read("STRIPE", await payAtGateway(order));
    if (outcome.kind !== "paid") throw new Error(outcome.kind);
    await orders.settle("STRIPE", outcome);
    await orders.refund(order.id);
    await controlFake("STRIPE", "/__forget");
    await db.$client
      .prepare("UPDATE orders SET refunded_at = NULL, next_query_at = 1 WHERE id = ?")
      .bind(order.id)
      .run();
    await orders.reconcile();
    expect(await stored(order)).toMatchObject({ refundedAt: expect.any(Number), nextQueryAt: null });
    const refunds = await controlFake<{ payment_intent: string }[]>("STRIPE", "/__refunds");
    expect(refunds.filter((one) => one.payment_intent === outcome.transaction)).toHaveLength(1);
  });
});

describe("Alipay", () => {
  const {
    ALIPAY_APP_ID: appId,
    ALIPAY_PUBLIC_KEY: publicKey,
    ...vars
  } = fakes.alipay.vars as Record<string, string> & { ALIPAY_APP_ID: string; ALIPAY_PUBLIC_KEY: string };
  const alipayWith = (privateKey: string) =>
    new AlipayGateway({ appId, publicKey, privateKey, gatewayUrl: vars.ALIPAY_GATEWAY_URL }, Date.now);
  const key = createPrivateKey({
    key: Buffer.from(vars.ALIPAY_PRIVATE_KEY ?? "", "base64"),
    format: "der",
    type: "pkcs8",
  });

  it.each([
    ["PKCS#1 in base64", key.export({ format: "der", type: "pkcs1" }).toString("base64")],
    ["PKCS#1 in PEM", key.export({ format: "pem", type: "pkcs1" }).toString()],
    ["PKCS#8 in PEM", key.export({ format: "pem", type: "pkcs8" }).toString()],
    ["PEM on one line", key.export({ format: "pem", type: "pkcs8" }).toString().replaceAll("\n", "\\n")],
  ])("accepts a private key as %s", async (_, privateKey) => {
    const { payment } = await alipayWith(privateKey).start(await started("ALIPAY"), URLS);
    expect(await controlFake("ALIPAY", "/__open", payment)).toMatchObject({ total_amount: "10.00" });
  });

  it("that closes an order at its timeout leaves it cancelled, not failed", async () => {
    const order = await started("ALIPAY");
    await controlFake("ALIPAY", "/__open", JSON.parse(order.payment ?? "{}"));
    await controlFake("ALIPAY", "/__close", { order: order.id });
    const { orders } = newOrders({ at: () => order.expiresAt });
    await orders.reconcile();
    expect(await stored(order)).toMatchObject({ status: "CANCELLED", nextQueryAt: null });
  });

  it("with a signed answer that is not JSON is queried again later", async () => {
    const order = await started("ALIPAY");
    await payAtGateway(order);
    await setMode("ALIPAY", "garbage");
    const { orders, reports } = newOrders({ at: () => order.createdAt + MINUTE });
    await orders.reconcile();
    expect(reports).toContain("payment.gateway_failed");
    expect((await stored(order)).nextQueryAt).toBeGreaterThan(order.createdAt + MINUTE);
  });

  it("with an invalid key does not block orders of other gateways", async () => {
    const among = new Map(gateways).set("ALIPAY", alipayWith("not a key"));
    const later = Date.now() + MINUTE;
    const stuck = await started("ALIPAY");
    const paid = await started("STRIPE");
    await payAtGateway(paid);
    const { orders, reports } = newOrders({ at: () => later, among });
    await orders.reconcile();
    expect(reports).toContain("payment.gateway_failed");
    expect((await stored(stuck)).nextQueryAt).toBeGreaterThan(later);
    expect(await stored(paid)).toMatchObject({ status: "PAID" });
  });
});

describe("unsigned answers", () => {
  it.each(["ALIPAY", "WECHAT"] as const)("of %s are rejected", async (method) => {
    let now = Date.now();
    const at = newOrders({ at: () => now });
    const order = await started(method, at);
    await payAtGateway(order);
    await setMode(method, "unsigned");
    now += MINUTE;
    await at.orders.reconcile();
    expect(await stored(order)).toMatchObject({ status: "PENDING" });
    expect(at.reports).toContain("payment.gateway_failed");
  });
});

describe("genuine notifications with wrong contents", () => {
  it.each([
    ["ALIPAY", { with: { total_amount: "0.01" } }],
    ["WECHAT", { with: { amount: { total: 1, currency: "CNY" } } }],
    ["WECHAT", { with: { amount: { total: 1_000, currency: "USD" } } }],
  ] as const)("of %s with another amount change nothing (%j)", async (method, more) => {
    const { orders, reports } = newOrders();
    const order = await started(method);
    const outcome = await read(method, await payAtGateway(order, more));
    if (outcome.kind === "forged") throw new Error(outcome.detail);
    expect(await orders.settle(method, outcome)).toBe("mismatch");
    expect(reports).toContain("payment.amount_mismatch");
    expect(await balanceOf(db, order.userId)).toBe(0);
    expect(await stored(order)).toMatchObject({ status: "PENDING" });
  });

  it.each([
    ["ALIPAY", { with: { app_id: "2021999999999999" } }],
    ["WECHAT", { with: { mchid: "1999999999" } }],
    ["WECHAT", { secondsAgo: 301 }],
    ["WECHAT", { key: "another key of thirty-two bytes!" }],
  ] as const)("of %s for another merchant, or too old, are treated as forged (%j)", async (method, more) => {
    const order = await started(method);
    expect(await read(method, await payAtGateway(order, more))).toMatchObject({ kind: "forged" });
  });

  it("of Stripe that are replayed minutes later are treated as forged", async () => {
    const signed = await controlFake<{ body: string; headers: Record<string, string> }>("STRIPE", "/__sign", {
      event: { id: "evt_1", object: "event", type: "ping", data: { object: {} } },
      secondsAgo: 600,
    });
    expect(await read("STRIPE", signed)).toMatchObject({ kind: "forged" });
  });

  it("of Stripe with other event types are ignored", async () => {
    const signed = await controlFake<{ body: string; headers: Record<string, string> }>("STRIPE", "/__sign", {
      event: { id: "evt_2", object: "event", type: "customer.created", data: { object: {} } },
    });
    expect(await read("STRIPE", signed)).toEqual({ kind: "ignored" });
  });
});
