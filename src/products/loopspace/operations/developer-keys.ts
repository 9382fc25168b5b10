import { createRoute } from "@hono/zod-openapi";
import { SCOPES } from "../../../core/access/index.ts";
import { KIB, limitBody } from "../../../http/body.ts";
import { newRouter } from "../../../http/validation.ts";
import { requireOwner } from "../access.ts";
import { issuedKeySchema, keyParams, keySchema, newKeySchema, pageOf, pageQuery } from "../contract/index.ts";
import { fail, respond } from "../respond.ts";
import { errors, json, jsonBody, OWNER_SECURITY, TAGS } from "./operation.ts";
import { toKeyWire } from "./to-developer.ts";
import { pageOfArray } from "./to-page.ts";

const PATH = "/api/v1/developer/keys";
const ONE_PATH = `${PATH}/{keyId}`;

const own = { tags: [TAGS.developer], security: OWNER_SECURITY };

const createKeyRoute = createRoute({
  ...own,
  method: "post",
  path: PATH,
  operationId: "loopspaceCreateApiKey",
  summary: "Create an API key",
  description:
    "The key is returned only in this response. `environment` is `live` or `sandbox`; `production` is accepted for `live`. A `sandbox` key sees only sandbox data. Without `scopes` the key has all scopes. At most 100 keys per account.",
  middleware: [requireOwner, limitBody(16 * KIB)] as const,
  request: {
    body: jsonBody(newKeySchema, {
      name: "Mixtape",
      environment: "live",
      scopes: ["audio:read", "users:read"],
      expiresAt: "2099-12-31T00:00:00Z",
    }),
  },
  responses: { 201: json("The key", issuedKeySchema), ...errors(400, 401, 409, 413) },
});

const listRoute = createRoute({
  ...own,
  method: "get",
  path: PATH,
  operationId: "loopspaceApiKeys",
  summary: "List the caller's API keys",
  description: "Returns the keys that are neither revoked nor expired, newest first.",
  middleware: [requireOwner] as const,
  request: { query: pageQuery },
  responses: { 200: json("A page of keys", pageOf(keySchema)), ...errors(400, 401) },
});

const rotateRoute = createRoute({
  ...own,
  method: "post",
  path: `${ONE_PATH}/rotate`,
  operationId: "loopspaceRotateApiKey",
  summary: "Rotate an API key",
  description:
    "Creates a key with the same name, environment, scopes and expiry; the old key stays valid for another day. A key can be rotated once: 409 after that.",
  middleware: [requireOwner] as const,
  request: { params: keyParams },
  responses: { 201: json("The new key", issuedKeySchema), ...errors(401, 404, 409) },
});

const deleteRoute = createRoute({
  ...own,
  method: "delete",
  path: ONE_PATH,
  operationId: "loopspaceRevokeApiKey",
  summary: "Revoke an API key",
  description: "Requests with the key are refused from the next call on.",
  middleware: [requireOwner] as const,
  request: { params: keyParams },
  responses: { 204: { description: "Revoked" }, ...errors(401, 404) },
});

export const developerKeys = newRouter()
  .openapi(createKeyRoute, async (c) => {
    const { name, environment, scopes, expiresAt } = c.req.valid("json");
    const { user, sessionId } = c.get("access");
    const wanted = {
      name,
      environment,
      scopes: SCOPES.filter((scope) => scopes.includes(scope)),
      expiresAt: expiresAt === null ? null : Date.parse(expiresAt),
    };
    const issued = await c.get("services").apiKeys.issue(user.id, wanted, sessionId);
    if (!issued.ok) return fail(c, issued.error);
    c.header("Cache-Control", "no-store");
    return c.json({ ...toKeyWire(issued.value), key: issued.value.key }, 201);
  })
  .openapi(listRoute, async (c) => {
    const keys = await c.get("services").apiKeys.list(c.get("access").user.id);
    return c.json(pageOfArray(keys.map(toKeyWire), c.req.valid("query")), 200);
  })
  .openapi(rotateRoute, async (c) => {
    const { keyId } = c.req.valid("param");
    const rotated = await c.get("services").apiKeys.rotate(c.get("access").user.id, keyId);
    if (!rotated.ok) return fail(c, rotated.error);
    c.header("Cache-Control", "no-store");
    return c.json({ ...toKeyWire(rotated.value), key: rotated.value.key }, 201);
  })
  .openapi(deleteRoute, async (c) => {
    const { keyId } = c.req.valid("param");
    const revoked = await c.get("services").apiKeys.revoke(c.get("access").user.id, keyId);
    return respond(c, revoked, () => c.body(null, 204));
  });
