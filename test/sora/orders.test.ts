import { createExecutionContext } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { handle } from "../../src/app.ts";
import { newAddress, request, requestJson } from "../support/http.ts";
import { envWithGateways, payAtGateway } from "../support/payments.ts";
import { as, newUser, type SoraUser, signIn } from "../support/sora.ts";

interface Order {
  readonly id: string;
  readonly amount: number;
  readonly credits: number;
  readonly status: string;
  readonly paymentMethod: string;
}
interface Paid {
  readonly order: Order;
  readonly payment: { type: string; url?: string; codeUrl?: string };
}

const HUNDRED = { credits: 100, paymentMethod: "ALIPAY" };
const create = (user: SoraUser, body: unknown = HUNDRED, headers = {}) =>
  requestJson<Order>("/api/orders/create", as(user, "POST", body, headers));
const balanceOf = async (user: SoraUser) =>
  (await requestJson<{ balance: number }>("/api/credits/balance", as(user))).body.balance;

describe("POST /api/orders/create", () => {
  it("returns the order as documented", async () => {
    const user = await newUser();
    const { status, body } = await create(user);
    expect(status).toBe(201);
    expect(body).toMatchObject({
      userId: user.id,
      amount: 10,
      credits: 100,
      status: "PENDING",
      paymentMethod: "ALIPAY",
      createdAt: expect.any(String),
    });
    expect(body).not.toHaveProperty("paidAt");
  });

  it.each([
    ["a price from the client", { ...HUNDRED, amount: 0.01 }],
    ["no credits", { paymentMethod: "ALIPAY" }],
    ["negative credits", { ...HUNDRED, credits: -100 }],
    ["half a credit", { ...HUNDRED, credits: 10.5 }],
    ["too many credits", { ...HUNDRED, credits: 1e12 }],
    ["an unknown payment method", { ...HUNDRED, paymentMethod: "CASH" }],
  ])("refuses %s", async (_, body) => {
    const user = await newUser();
    expect((await create(user, body)).status).toBe(400);
  });

  it("creates one order for repeated requests with one Idempotency-Key", async () => {
    const user = await newUser();
    const key = { "idempotency-key": "order-1" };
    const [first, second] = [await create(user, HUNDRED, key), await create(user, HUNDRED, key)];
    expect(second.body).toEqual(first.body);
    const { body } = await requestJson<{ pagination: { total: number } }>("/api/orders", as(user));
    expect(body.pagination.total).toBe(1);
  });
});

describe("POST /api/orders/:id/pay", () => {
  it.each([
    ["ALIPAY", "redirect"],
    ["STRIPE", "redirect"],
    ["WECHAT", "qr"],
  ])("completes a payment by %s at once in the sandbox", async (paymentMethod, type) => {
    const user = await newUser();
    const { body: order } = await create(user, { ...HUNDRED, paymentMethod });
    const { status, body } = await requestJson<Paid>(`/api/orders/${order.id}/pay`, as(user, "POST"));
    expect(status).toBe(200);
    expect(body.payment.type).toBe(type);
    expect(body.order).toMatchObject({ id: order.id, status: "PAID", paidAt: expect.any(String) });
    expect(await balanceOf(user)).toBe(150);
    await requestJson(`/api/orders/${order.id}/pay`, as(user, "POST"));
    expect(await balanceOf(user)).toBe(150);
  });

  it("does not find another account's order", async () => {
    const [owner, stranger] = await Promise.all([newUser(), newUser()]);
    const { body } = await create(owner);
    for (const [method, path] of [
      ["GET", ""],
      ["POST", "/pay"],
    ] as const)
      expect((await request(`/api/orders/${body.id}${path}`, as(stranger, method))).status).toBe(404);
    expect(await balanceOf(owner)).toBe(50);
  });
});

describe("POST /api/credits/recharge", () => {
  it("creates the order and starts its payment in one call", async () => {
    const user = await newUser();
    const { status, body } = await requestJson<Paid>(
      "/api/credits/recharge",
      as(user, "POST", { credits: 200, paymentMethod: "WECHAT" }),
    );
    expect(status).toBe(201);
    expect(body).toMatchObject({
      order: { credits: 200, amount: 20, status: "PAID" },
      payment: { type: "qr" },
    });
    expect(await balanceOf(user)).toBe(250);
    const { body: ledger } = await requestJson<{ data: unknown[] }>("/api/credits/transactions", as(user));
    expect(ledger.data[0]).toMatchObject({ type: "RECHARGE", amount: 200, balance: 250, userId: user.id });
  });

  it("charges once per Idempotency-Key, also in ten concurrent requests", async () => {
    const user = await newUser();
    const answers = await Promise.all(
      Array.from({ length: 10 }, () =>
        requestJson<Paid>(
          "/api/credits/recharge",
          as(user, "POST", HUNDRED, { "idempotency-key": "recharge-1" }),
        ),
      ),
    );
    expect(answers.every(({ status }) => status === 201 || status === 409)).toBe(true);
    expect(await balanceOf(user)).toBe(150);
  });
});

describe("POST /api/orders/:id/refund", () => {
  it("is only for administrators and takes the credits back", async () => {
    const user = await newUser();
    const { body } = await requestJson<Paid>("/api/credits/recharge", as(user, "POST", HUNDRED));
    const path = `/api/orders/${body.order.id}/refund`;
    expect((await request(path, as(user, "POST"))).status).toBe(403);
    const admin = await signIn("admin", "correct horse battery");
    const refunded = await requestJson<Order>(path, as({ token: admin.body.accessToken }, "POST"));
    expect(refunded.body).toMatchObject({ status: "REFUNDED", userId: user.id });
    expect(await balanceOf(user)).toBe(50);
  });
});

/** Sends a request to the platform with the credentials of every gateway. */
const askWithGateways = async (path: string, init: RequestInit = {}) => {
  const headers = new Headers(init.headers);
  headers.set("cf-connecting-ip", newAddress());
  const request = new Request(`http://localhost${path}`, { ...init, headers });
  return handle(request, envWithGateways, createExecutionContext());
};

const CALLBACKS = [
  ["STRIPE", "/payments/stripe/webhook", 200, '{"received":true}'],
  ["ALIPAY", "/payments/alipay/notify", 200, "success"],
  ["WECHAT", "/payments/wechat/notify", 204, ""],
] as const;

describe.each(CALLBACKS)("the callback of %s at %s", (paymentMethod, path, status, text) => {
  it("credits the payment once and gives the answer that the gateway expects, also when it is repeated", async () => {
    const user = await newUser();
    const recharge = await askWithGateways(
      "/api/credits/recharge",
      as(user, "POST", { ...HUNDRED, paymentMethod }),
    );
    const { order, payment } = (await recharge.json()) as Paid;
    expect(order.status).toBe("PENDING");
    const { body, headers = {} } = await payAtGateway({
      id: order.id,
      method: paymentMethod,
      payment: JSON.stringify(payment),
    } as never);
    for (let i = 0; i < 3; i++) {
      const answer = await askWithGateways(path, { method: "POST", body, headers });
      expect([answer.status, await answer.text()]).toEqual([status, text]);
    }
    expect(await balanceOf(user)).toBe(150);
  });

  it("ignores a payment of an order with another gateway, and acknowledges it to stop retries", async () => {
    const user = await newUser();
    const recharge = await askWithGateways(
      "/api/credits/recharge",
      as(user, "POST", { ...HUNDRED, paymentMethod }),
    );
    const { order, payment } = (await recharge.json()) as Paid;
    const { body, headers = {} } = await payAtGateway({
      id: order.id,
      method: paymentMethod,
      payment: JSON.stringify(payment),
    } as never);
    const other = paymentMethod === "STRIPE" ? "WECHAT" : "STRIPE";
    await env.DB.prepare("UPDATE orders SET method = ? WHERE id = ?").bind(other, order.id).run();
    const answer = await askWithGateways(path, { method: "POST", body, headers });
    expect([answer.status, await answer.text()]).toEqual([status, text]);
    const row = await env.DB.prepare("SELECT status, gateway_transaction FROM orders WHERE id = ?")
      .bind(order.id)
      .first();
    expect(row).toEqual({ status: "PENDING", gateway_transaction: null });
    expect(await balanceOf(user)).toBe(50);
  });

  it("answers a forged notification with an error and changes nothing", async () => {
    const answer = await askWithGateways(path, {
      method: "POST",
      body: "out_trade_no=1&sign=x&sign_type=RSA2",
    });
    expect(answer.status).toBe(400);
    if (paymentMethod === "ALIPAY") expect(await answer.text()).toBe("failure");
    if (paymentMethod === "WECHAT") expect(await answer.json()).toEqual({ code: "FAIL", message: "forged" });
  });

  it("answers 500 when the payment could not be stored, and accepts the retry", async () => {
    const user = await newUser();
    const recharge = await askWithGateways(
      "/api/credits/recharge",
      as(user, "POST", { ...HUNDRED, paymentMethod }),
    );
    const { order, payment } = (await recharge.json()) as Paid;
    const { body, headers = {} } = await payAtGateway({
      id: order.id,
      method: paymentMethod,
      payment: JSON.stringify(payment),
    } as never);
    const outage = {
      prepare: () => {
        throw new Error("D1_ERROR: Network connection lost");
      },
    };
    const failed = await handle(
      new Request(`http://localhost${path}`, { method: "POST", body, headers }),
      { ...envWithGateways, DB: outage } as never,
      createExecutionContext(),
    );
    expect(failed.status).toBe(500);
    expect(await balanceOf(user)).toBe(50);
    expect((await askWithGateways(path, { method: "POST", body, headers })).status).toBe(status);
    expect(await balanceOf(user)).toBe(150);
  });

  it("answers 503 when the gateway has no credentials", async () => {
    expect((await request(path, { method: "POST", body: "{}" })).status).toBe(503);
  });
});

describe("without the sandbox and without credentials", () => {
  it("answers 503 with a clear message for a payment method", async () => {
    const user = await newUser();
    const request = new Request("http://localhost/api/orders/create", as(user, "POST", HUNDRED));
    const answer = await handle(
      request,
      { ...env, PAYMENTS_SANDBOX: "false" } as typeof env,
      createExecutionContext(),
    );
    expect(answer.status).toBe(503);
    expect(await answer.json()).toMatchObject({
      error: "Service Unavailable",
      message: "该支付方式暂不可用",
    });
  });
});

describe("GET /payments/return", () => {
  it("shows a page in both languages", async () => {
    const page = (language: string) =>
      request("/payments/return", { headers: { "accept-language": language } }).then((answer) =>
        answer.text(),
      );
    expect(await page("zh-CN")).toContain("感谢您的付款");
    expect(await page("en")).toContain("Thank you");
  });
});
