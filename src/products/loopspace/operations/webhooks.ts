import { createRoute } from "@hono/zod-openapi";
import { APP_EVENT_TYPES, MAX_ENDPOINTS } from "../../../core/webhooks/index.ts";
import { KIB, limitBody } from "../../../http/body.ts";
import { newRouter } from "../../../http/validation.ts";
import { requireAccess } from "../access.ts";
import {
  environmentQuery,
  newWebhookSchema,
  pageOf,
  pageQuery,
  rotateSecretSchema,
  updateWebhookSchema,
  webhookParams,
  webhookSchema,
  webhookWithSecretSchema,
} from "../contract/index.ts";
import { fail, respond } from "../respond.ts";
import { errors, json, jsonBody, requireScopes, TAGS } from "./operation.ts";
import { toPage } from "./to-page.ts";
import { endpointOwnerOf, toWebhookWire } from "./to-webhook.ts";

const PATH = "/api/v1/developer/webhooks";
const ONE_PATH = `${PATH}/{webhookId}`;
const own = { tags: [TAGS.webhooks], security: requireScopes("webhooks") };
const mayManage = requireAccess("webhooks");

const createWebhookRoute = createRoute({
  ...own,
  method: "post",
  path: PATH,
  operationId: "loopspaceCreateWebhook",
  summary: "Create a webhook",
  description: `\`url\` is an https address on the public internet that answers a POST with 2xx within 10 seconds. The secret is returned only in this response. At most ${MAX_ENDPOINTS} webhooks per account and environment. An application that the account authorized may create as many of its own. It receives only ${APP_EVENT_TYPES.map((type) => `\`${type}\``).join(", ")} and sees only its own webhooks, which are deleted when its access is revoked.`,
  middleware: [mayManage, limitBody(16 * KIB)] as const,
  request: {
    query: environmentQuery,
    body: jsonBody(newWebhookSchema, {
      url: "https://your-server.com/webhook",
      events: ["audio.uploaded"],
      secret: "your_webhook_secret",
    }),
  },
  responses: { 201: json("The webhook", webhookWithSecretSchema), ...errors(400, 401, 403, 404, 409, 413) },
});

const listWebhooksRoute = createRoute({
  ...own,
  method: "get",
  path: PATH,
  operationId: "loopspaceWebhooks",
  summary: "List the caller's webhooks",
  description: "Newest first. An application sees its own webhooks; the account and its keys see all.",
  middleware: [mayManage] as const,
  request: { query: environmentQuery.extend(pageQuery.shape) },
  responses: { 200: json("A page of webhooks", pageOf(webhookSchema)), ...errors(400, 401, 403) },
});

const getWebhookRoute = createRoute({
  ...own,
  method: "get",
  path: ONE_PATH,
  operationId: "loopspaceWebhook",
  summary: "Get a webhook",
  description: "The secret is not included.",
  middleware: [mayManage] as const,
  request: { params: webhookParams, query: environmentQuery },
  responses: { 200: json("The webhook", webhookSchema), ...errors(400, 401, 403, 404) },
});

const updateWebhookRoute = createRoute({
  ...own,
  method: "patch",
  path: ONE_PATH,
  operationId: "loopspaceUpdateWebhook",
  summary: "Update a webhook",
  description:
    "Fields that are left out keep their values. While the webhook is off, new events create no deliveries for it and pending deliveries fail; `recover` can send those later.",
  middleware: [mayManage, limitBody(16 * KIB)] as const,
  request: {
    params: webhookParams,
    query: environmentQuery,
    body: jsonBody(updateWebhookSchema),
  },
  responses: { 200: json("The webhook", webhookSchema), ...errors(400, 401, 403, 404, 413) },
});

const deleteWebhookRoute = createRoute({
  ...own,
  method: "delete",
  path: ONE_PATH,
  operationId: "loopspaceDeleteWebhook",
  summary: "Delete a webhook",
  description: "Its deliveries are deleted with it; pending ones are not sent.",
  middleware: [mayManage] as const,
  request: { params: webhookParams, query: environmentQuery },
  responses: { 204: { description: "Deleted" }, ...errors(400, 401, 403, 404) },
});

const rotateSecretRoute = createRoute({
  ...own,
  method: "post",
  path: `${ONE_PATH}/rotate-secret`,
  operationId: "loopspaceRotateWebhookSecret",
  summary: "Rotate a webhook's secret",
  description:
    "The new secret is returned only in this response. For `overlapHours` the previous secret signs too: `webhook-signature` has both signatures, and `x-loopspace-signature` uses the two secrets in turn, from attempt to attempt. With 0 the previous secret ends at once.",
  middleware: [mayManage, limitBody(16 * KIB)] as const,
  request: {
    params: webhookParams,
    query: environmentQuery,
    body: jsonBody(rotateSecretSchema),
  },
  responses: {
    200: json("The webhook with its new secret", webhookWithSecretSchema),
    ...errors(400, 401, 403, 404, 413),
  },
});

export const webhooks = newRouter()
  .openapi(createWebhookRoute, async (c) => {
    const owner = endpointOwnerOf(c, c.req.valid("query"));
    const created = await c.get("services").webhookEndpoints.create(owner, c.req.valid("json"));
    if (!created.ok) return fail(c, created.error);
    c.header("Cache-Control", "no-store");
    return c.json({ ...toWebhookWire(created.value), secret: created.value.secret }, 201);
  })
  .openapi(listWebhooksRoute, async (c) => {
    const query = c.req.valid("query");
    const all = await c.get("services").webhookEndpoints.list(endpointOwnerOf(c, query));
    // An account has at most a few webhooks, so all are read and one page is cut out.
    const shown = all.slice((query.page - 1) * query.limit, query.page * query.limit);
    return c.json(toPage(shown.map(toWebhookWire), all.length, query), 200);
  })
  .openapi(getWebhookRoute, async (c) => {
    const owner = endpointOwnerOf(c, c.req.valid("query"));
    const found = await c.get("services").webhookEndpoints.find(owner, c.req.valid("param").webhookId);
    return respond(c, found, (value) => c.json(toWebhookWire(value), 200));
  })
  .openapi(updateWebhookRoute, async (c) => {
    const owner = endpointOwnerOf(c, c.req.valid("query"));
    const { webhookId } = c.req.valid("param");
    const updated = await c.get("services").webhookEndpoints.update(owner, webhookId, c.req.valid("json"));
    return respond(c, updated, (value) => c.json(toWebhookWire(value), 200));
  })
  .openapi(deleteWebhookRoute, async (c) => {
    const owner = endpointOwnerOf(c, c.req.valid("query"));
    const removed = await c.get("services").webhookEndpoints.remove(owner, c.req.valid("param").webhookId);
    return respond(c, removed, () => c.body(null, 204));
  })
  .openapi(rotateSecretRoute, async (c) => {
    const owner = endpointOwnerOf(c, c.req.valid("query"));
    const { webhookId } = c.req.valid("param");
    const rotated = await c.get("services").webhookEndpoints.rotate(owner, webhookId, c.req.valid("json"));
    if (!rotated.ok) return fail(c, rotated.error);
    c.header("Cache-Control", "no-store");
    return c.json({ ...toWebhookWire(rotated.value), secret: rotated.value.secret }, 200);
  });
