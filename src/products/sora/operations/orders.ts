import { createRoute, z } from "@hono/zod-openapi";
import { ORDER_TTL_MS } from "../../../core/payments/facts.ts";
import { MAX_CREDITS, MIN_CREDITS, type Order } from "../../../core/payments/index.ts";
import { KIB, limitBody } from "../../../http/body.ts";
import type { AppContext } from "../../../http/context.ts";
import { idempotencyHeaders } from "../../../http/idempotency.ts";
import { paymentUrlsOf } from "../../../http/payment-urls.ts";
import { newRouter } from "../../../http/validation.ts";
import { durationText } from "../../../lib/clock.ts";
import { idParams, orderSchema, pageOf, pageQuery, paidOrderSchema, paymentMethod } from "../contract.ts";
import { signedIn } from "../limits.ts";
import { fail, idempotently, respond } from "../respond.ts";
import { toOrder, toPage } from "../to-wire.ts";
import { BEARER_SECURITY, errors, json, jsonBody, TAGS } from "./operation.ts";

const newOrderSchema = z
  .object({
    credits: z.int().min(MIN_CREDITS).max(MAX_CREDITS).openapi({ example: 100 }),
    paymentMethod,
    amount: z.number().positive().optional().openapi({
      description:
        "The price that the client expects, in yuan. If it differs from the actual price, the order is refused.",
    }),
  })
  .openapi("SoraNewOrder");

const createOrderRoute = createRoute({
  method: "post",
  path: "/api/orders/create",
  operationId: "soraCreateOrder",
  tags: [TAGS.orders],
  summary: "Create an order for credits",
  description: `Ten credits cost one yuan. An order that is not paid within ${durationText(ORDER_TTL_MS)} is cancelled.`,
  security: BEARER_SECURITY,
  middleware: [signedIn, limitBody(16 * KIB)] as const,
  request: {
    headers: idempotencyHeaders,
    body: jsonBody(newOrderSchema, { credits: 100, paymentMethod: "WECHAT", amount: 10 }),
  },
  responses: { 201: json("The order", orderSchema), ...errors(400, 401, 404, 409, 413, 422, 503) },
});

const listRoute = createRoute({
  method: "get",
  path: "/api/orders",
  operationId: "soraOrders",
  tags: [TAGS.orders],
  summary: "List the caller's orders",
  description: "Newest first.",
  security: BEARER_SECURITY,
  middleware: [signedIn] as const,
  request: { query: pageQuery },
  responses: { 200: json("One page of orders", pageOf(orderSchema)), ...errors(400, 401) },
});

const getRoute = createRoute({
  method: "get",
  path: "/api/orders/{id}",
  operationId: "soraOrder",
  tags: [TAGS.orders],
  summary: "Get an order",
  description: "An order of another account is not found.",
  security: BEARER_SECURITY,
  middleware: [signedIn] as const,
  request: { params: idParams },
  responses: { 200: json("The order", orderSchema), ...errors(400, 401, 404) },
});

const payRoute = createRoute({
  method: "post",
  path: "/api/orders/{id}/pay",
  operationId: "soraPayOrder",
  tags: [TAGS.orders],
  summary: "Pay an order",
  description:
    "Starts the payment and returns the next step for the client: a URL to open (Stripe, Alipay) or a text to show as a QR code (WeChat). Repeating the call returns the same. The order becomes `PAID` when the payment gateway confirms the payment.",
  security: BEARER_SECURITY,
  middleware: [signedIn, limitBody(16 * KIB)] as const,
  request: { headers: idempotencyHeaders, params: idParams },
  responses: {
    200: json("The order and the next step of the payment", paidOrderSchema),
    ...errors(400, 401, 404, 409, 413, 422, 503),
  },
});

const rechargeRoute = createRoute({
  method: "post",
  path: "/api/credits/recharge",
  operationId: "soraRecharge",
  tags: [TAGS.credits],
  summary: "Buy credits",
  description: "Creates the order and starts its payment in one call.",
  security: BEARER_SECURITY,
  middleware: [signedIn, limitBody(16 * KIB)] as const,
  request: {
    headers: idempotencyHeaders,
    body: jsonBody(newOrderSchema, { credits: 100, paymentMethod: "WECHAT", amount: 10 }),
  },
  responses: {
    201: json("The order and the next step of the payment", paidOrderSchema),
    ...errors(400, 401, 404, 409, 413, 422, 503),
  },
});

const refundRoute = createRoute({
  method: "post",
  path: "/api/orders/{id}/refund",
  operationId: "soraRefundOrder",
  tags: [TAGS.orders],
  summary: "Refund a paid order",
  description:
    "Administrators only. Removes the credits from the wallet and refunds the whole amount through the payment gateway, once. The refund is refused if the credits are spent.",
  security: BEARER_SECURITY,
  middleware: [signedIn] as const,
  request: { params: idParams },
  responses: { 200: json("The order", orderSchema), ...errors(400, 401, 402, 403, 404, 409) },
});

const pay = async <S extends 200 | 201>(c: AppContext, order: Pick<Order, "id" | "method">, status: S) => {
  const { user } = c.get("caller");
  const paid = await c.get("services").orders.pay(user.id, order.id, paymentUrlsOf(c, order.method));
  if (!paid.ok) return fail(c, paid.error);
  return c.json({ order: toOrder(paid.value.order, user.uuid), payment: paid.value.payment }, status);
};

const orderOf = ({ credits, paymentMethod: method, amount: yuan }: z.output<typeof newOrderSchema>) => ({
  goods: { kind: "credits" as const, credits },
  method,
  yuan,
});

export const orders = newRouter()
  .openapi(createOrderRoute, (c) => {
    const asked = c.req.valid("json");
    return idempotently(c, async (id) => {
      const { user } = c.get("caller");
      const made = await c.get("services").orders.create({ id, userId: user.id, ...orderOf(asked) });
      return respond(c, made, (value) => c.json(toOrder(value, user.uuid), 201));
    });
  })
  .openapi(rechargeRoute, (c) => {
    const asked = c.req.valid("json");
    return idempotently(c, async (id) => {
      const made = await c
        .get("services")
        .orders.create({ id, userId: c.get("caller").user.id, ...orderOf(asked) });
      return respond(c, made, (value) => pay(c, value, 201));
    });
  })
  .openapi(listRoute, async (c) => {
    const page = c.req.valid("query");
    const { user } = c.get("caller");
    const listed = await c.get("services").orders.list(user.id, page);
    return c.json(
      toPage(
        listed.orders.map((order) => toOrder(order, user.uuid)),
        listed.total,
        page,
      ),
      200,
    );
  })
  .openapi(getRoute, async (c) => {
    const { user } = c.get("caller");
    const found = await c.get("services").orders.find(user.id, c.req.valid("param").id);
    return respond(c, found, (value) => c.json(toOrder(value, user.uuid), 200));
  })
  .openapi(payRoute, (c) => {
    const { id } = c.req.valid("param");
    return idempotently(c, async () => {
      const found = await c.get("services").orders.find(c.get("caller").user.id, id);
      return respond(c, found, (value) => pay(c, value, 200));
    });
  })
  .openapi(refundRoute, async (c) => {
    if (c.get("caller").user.role !== "ADMIN") return fail(c, { code: "forbidden" });
    const services = c.get("services");
    const refunded = await services.orders.refund(c.req.valid("param").id);
    if (!refunded.ok) return fail(c, refunded.error);
    const owner = await services.accounts.uuidOf(refunded.value.userId);
    return c.json(toOrder(refunded.value, owner ?? ""), 200);
  });
