import { createRoute, z } from "@hono/zod-openapi";
import { RECOVERED_AT_ONCE } from "../../../core/webhooks/index.ts";
import { KIB, limitBody } from "../../../http/body.ts";
import { newRouter } from "../../../http/validation.ts";
import { requireAccess } from "../access.ts";
import {
  deliveryParams,
  deliverySchema,
  deliveryWithPayloadSchema,
  environmentQuery,
  pageOf,
  pageQuery,
  recoveredSchema,
  recoverSchema,
  sendExampleSchema,
  webhookParams,
} from "../contract/index.ts";
import { fail, respond } from "../respond.ts";
import { errors, json, jsonBody, requireScopes, TAGS } from "./operation.ts";
import { toPage } from "./to-page.ts";
import { endpointOwnerOf, toDeliveryWire, toDeliveryWithPayload } from "./to-webhook.ts";

const PATH = "/api/v1/developer/webhooks";
const own = { tags: [TAGS.webhooks], security: requireScopes("webhooks") };
const mayManage = requireAccess("webhooks");

const listDeliveriesRoute = createRoute({
  ...own,
  method: "get",
  path: `${PATH}/{webhookId}/deliveries`,
  operationId: "loopspaceWebhookDeliveries",
  summary: "List the deliveries of a webhook",
  description:
    "Newest first, each with its attempts. Deliveries are kept for 30 days. `total` counts at most 1,000 deliveries; `hasMore` tells whether another page follows.",
  middleware: [mayManage] as const,
  request: {
    params: webhookParams,
    query: environmentQuery.extend({
      ...pageQuery.shape,
      status: z.enum(["pending", "delivered", "failed"]).optional(),
    }),
  },
  responses: { 200: json("A page of deliveries", pageOf(deliverySchema)), ...errors(400, 401, 403, 404) },
});

const getDeliveryRoute = createRoute({
  ...own,
  method: "get",
  path: `${PATH}/deliveries/{deliveryId}`,
  operationId: "loopspaceWebhookDelivery",
  summary: "Get a delivery with its payload",
  description: "Includes its attempts.",
  middleware: [mayManage] as const,
  request: { params: deliveryParams, query: environmentQuery },
  responses: { 200: json("The delivery", deliveryWithPayloadSchema), ...errors(400, 401, 403, 404) },
});

const redeliverRoute = createRoute({
  ...own,
  method: "post",
  path: `${PATH}/deliveries/{deliveryId}/redeliver`,
  operationId: "loopspaceRedeliver",
  summary: "Send a delivery again",
  description:
    "Sends the same event with the same `webhook-id` at once, whatever the status of the delivery is, and starts a new retry schedule. 409 while the webhook is off.",
  middleware: [mayManage] as const,
  request: { params: deliveryParams, query: environmentQuery },
  responses: {
    202: json("The pending delivery", deliveryWithPayloadSchema),
    ...errors(400, 401, 403, 404, 409),
  },
});

const recoverRoute = createRoute({
  ...own,
  method: "post",
  path: `${PATH}/{webhookId}/recover`,
  operationId: "loopspaceRecoverWebhook",
  summary: "Send the failed deliveries since a time again",
  description: `Oldest first, at most ${RECOVERED_AT_ONCE} per call; call again while \`hasMore\` is true. 409 while the webhook is off.`,
  middleware: [mayManage, limitBody(16 * KIB)] as const,
  request: {
    params: webhookParams,
    query: environmentQuery,
    body: jsonBody(recoverSchema),
  },
  responses: {
    202: json("The number of deliveries that are sent again", recoveredSchema),
    ...errors(400, 401, 403, 404, 409, 413),
  },
});

const sendExampleRoute = createRoute({
  ...own,
  method: "post",
  path: `${PATH}/{webhookId}/test`,
  operationId: "loopspaceTestWebhook",
  summary: "Send an example event to a webhook",
  description:
    "Sends an event of this type with made-up data and `example: true`. It is signed and retried like any other. 409 while the webhook is off.",
  middleware: [mayManage, limitBody(16 * KIB)] as const,
  request: {
    params: webhookParams,
    query: environmentQuery,
    body: jsonBody(sendExampleSchema),
  },
  responses: {
    202: json("The pending delivery", deliveryWithPayloadSchema),
    ...errors(400, 401, 403, 404, 409, 413),
  },
});

export const webhookDeliveries = newRouter()
  .openapi(listDeliveriesRoute, async (c) => {
    const { webhookId } = c.req.valid("param");
    const query = c.req.valid("query");
    const listed = await c
      .get("services")
      .webhookDeliveries.list(endpointOwnerOf(c, query), webhookId, query);
    if (!listed.ok) return fail(c, listed.error);
    const { deliveries, total, hasMore } = listed.value;
    return c.json(toPage(deliveries.map(toDeliveryWire), total, query, hasMore), 200);
  })
  .openapi(getDeliveryRoute, async (c) => {
    const owner = endpointOwnerOf(c, c.req.valid("query"));
    const found = await c.get("services").webhookDeliveries.find(owner, c.req.valid("param").deliveryId);
    return respond(c, found, (value) => c.json(toDeliveryWithPayload(value), 200));
  })
  .openapi(redeliverRoute, async (c) => {
    const owner = endpointOwnerOf(c, c.req.valid("query"));
    const { deliveryId } = c.req.valid("param");
    const again = await c.get("services").webhookDeliveries.redeliver(owner, deliveryId);
    return respond(c, again, (value) => c.json(toDeliveryWithPayload(value), 202));
  })
  .openapi(recoverRoute, async (c) => {
    const owner = endpointOwnerOf(c, c.req.valid("query"));
    const since = Date.parse(c.req.valid("json").since);
    const { webhookId } = c.req.valid("param");
    const recovered = await c.get("services").webhookDeliveries.recover(owner, webhookId, since);
    return respond(c, recovered, (value) => c.json(value, 202));
  })
  .openapi(sendExampleRoute, async (c) => {
    const owner = endpointOwnerOf(c, c.req.valid("query"));
    const { type } = c.req.valid("json");
    const { webhookId } = c.req.valid("param");
    const sent = await c.get("services").webhookDeliveries.sendExample(owner, webhookId, type);
    return respond(c, sent, (value) => c.json(toDeliveryWithPayload(value), 202));
  });
