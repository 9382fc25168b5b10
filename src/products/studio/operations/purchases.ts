import { createRoute, type z } from "@hono/zod-openapi";
import type { Goods, Order } from "../../../core/payments/index.ts";
import { KIB, limitBody } from "../../../http/body.ts";
import type { AppContext } from "../../../http/context.ts";
import { idempotencyHeaders } from "../../../http/idempotency.ts";
import { paymentUrlsOf } from "../../../http/payment-urls.ts";
import { newRouter } from "../../../http/validation.ts";
import { isoTime } from "../../../lib/clock.ts";
import {
  buyVipSchema,
  idParams,
  orderSchema,
  priceOf,
  rechargeSchema,
  startedSchema,
} from "../contract/index.ts";
import { signedIn } from "../limits.ts";
import { reply } from "../reply.ts";
import { fail, idempotently, respond } from "../respond.ts";
import { BEARER_SECURITY, data, errors, jsonBody, TAGS } from "./operation.ts";

const toOrder = (order: Order): z.output<typeof orderSchema> => ({
  id: order.id,
  type: order.kind,
  credits: order.credits,
  months: order.months,
  amount: order.amountMinor / 100,
  currency: order.currency,
  status: order.status,
  paymentMethod: order.method,
  createdAt: isoTime(order.createdAt),
  expiresAt: isoTime(order.expiresAt),
  ...(order.paidAt === null ? {} : { paidAt: isoTime(order.paidAt) }),
});

const rechargeRoute = createRoute({
  method: "post",
  path: "/api/v1/user/recharge",
  operationId: "studioRecharge",
  tags: [TAGS.users],
  summary: "Buy computing power",
  description:
    "Creates the order and starts its payment in one call; ten credits cost one yuan. `payment` contains the next step for the client: a URL to open, or a text to show as a QR code.",
  security: BEARER_SECURITY,
  middleware: [signedIn, limitBody(16 * KIB)] as const,
  request: {
    headers: idempotencyHeaders,
    body: jsonBody(rechargeSchema, { credits: 100, paymentMethod: "WECHAT", amount: 10 }),
  },
  responses: {
    201: data("The order and the next step of the payment", startedSchema),
    ...errors(400, 401, 404, 409, 413, 422, 503),
  },
});

const vipRoute = createRoute({
  method: "post",
  path: "/api/v1/user/vip",
  operationId: "studioBuyVip",
  tags: [TAGS.users],
  summary: "Buy VIP",
  description: `Creates an order: one month of 30 days costs ${priceOf({ kind: "vip", months: 1 }) / 100} yuan. VIP begins when the payment arrives. Months that are bought before VIP ends are added to it.`,
  security: BEARER_SECURITY,
  middleware: [signedIn, limitBody(16 * KIB)] as const,
  request: {
    headers: idempotencyHeaders,
    body: jsonBody(buyVipSchema, {
      months: 1,
      paymentMethod: "WECHAT",
      amount: 30,
    }),
  },
  responses: {
    201: data("The order and the next step of the payment", startedSchema),
    ...errors(400, 401, 404, 409, 413, 422, 503),
  },
});

const orderRoute = createRoute({
  method: "get",
  path: "/api/v1/user/orders/{id}",
  operationId: "studioOrder",
  tags: [TAGS.users],
  summary: "Get an order",
  description: "The status becomes `PAID` when the payment gateway confirms the payment.",
  security: BEARER_SECURITY,
  middleware: [signedIn] as const,
  request: { params: idParams },
  responses: { 200: data("The order", orderSchema), ...errors(400, 401, 404) },
});

const buy = (c: AppContext, goods: Goods, method: Order["method"], yuan: number | undefined) =>
  idempotently(c, async (orderId) => {
    const { orders } = c.get("services");
    const userId = c.get("caller").user.id;
    const made = await orders.create({ id: orderId, userId, goods, method, yuan });
    if (!made.ok) return fail(c, made.error);
    const paid = await orders.pay(userId, made.value.id, paymentUrlsOf(c, method));
    return respond(c, paid, (value) =>
      reply(c, { order: toOrder(value.order), payment: value.payment }, 201),
    );
  });

export const purchases = newRouter()
  .openapi(rechargeRoute, (c) => {
    const { credits, paymentMethod: method, amount: yuan } = c.req.valid("json");
    return buy(c, { kind: "credits", credits }, method, yuan);
  })
  .openapi(vipRoute, (c) => {
    const { months, paymentMethod: method, amount: yuan } = c.req.valid("json");
    return buy(c, { kind: "vip", months }, method, yuan);
  })
  .openapi(orderRoute, async (c) => {
    const found = await c.get("services").orders.find(c.get("caller").user.id, c.req.valid("param").id);
    return respond(c, found, (value) => reply(c, toOrder(value)));
  });
