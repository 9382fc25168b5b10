import { createRoute } from "@hono/zod-openapi";
import { KIB, limitBody } from "../../../http/body.ts";
import { newRouter } from "../../../http/validation.ts";
import { requireOwner } from "../access.ts";
import {
  appParams,
  appSchema,
  issuedAppSchema,
  newAppSchema,
  pageOf,
  pageQuery,
  updateAppSchema,
} from "../contract/index.ts";
import { fail, respond } from "../respond.ts";
import { errors, json, jsonBody, OWNER_SECURITY, TAGS } from "./operation.ts";
import { toAppWire } from "./to-developer.ts";
import { pageOfArray } from "./to-page.ts";

const PATH = "/api/v1/developer/apps";
const ONE_PATH = `${PATH}/{clientId}`;

const own = { tags: [TAGS.developer], security: OWNER_SECURITY };
const read = [requireOwner];
const write = [requireOwner, limitBody(16 * KIB)];

const createAppRoute = createRoute({
  ...own,
  method: "post",
  path: PATH,
  operationId: "loopspaceCreateApp",
  summary: "Register an application",
  description:
    "Registers an OAuth 2 client. The secret is returned only in this response. Set `public` for an application that runs in a browser or on a user's device: it has no secret and uses PKCE. At most 100 applications per account.",
  middleware: write,
  request: {
    body: jsonBody(newAppSchema, {
      name: "Mixtape",
      redirectUris: ["https://app.example.com/callback"],
      public: false,
    }),
  },
  responses: {
    201: json("The application, with its secret", issuedAppSchema),
    ...errors(400, 401, 409, 413),
  },
});

const listRoute = createRoute({
  ...own,
  method: "get",
  path: PATH,
  operationId: "loopspaceApps",
  summary: "List the caller's applications",
  description: "Newest first.",
  middleware: read,
  request: { query: pageQuery },
  responses: { 200: json("A page of applications", pageOf(appSchema)), ...errors(400, 401) },
});

const getRoute = createRoute({
  ...own,
  method: "get",
  path: ONE_PATH,
  operationId: "loopspaceApp",
  summary: "Get an application",
  description: "Only for the account that registered the application.",
  middleware: read,
  request: { params: appParams },
  responses: { 200: json("The application", appSchema), ...errors(401, 404) },
});

const updateRoute = createRoute({
  ...own,
  method: "patch",
  path: ONE_PATH,
  operationId: "loopspaceUpdateApp",
  summary: "Update an application",
  description:
    "Fields that are left out keep their values. Tokens stay valid, but while `enabled` is false they are refused and no account can authorize the application.",
  middleware: write,
  request: {
    params: appParams,
    body: jsonBody(updateAppSchema, { name: "Mixtape 2" }),
  },
  responses: { 200: json("The application", appSchema), ...errors(400, 401, 404, 413) },
});

const secretRoute = createRoute({
  ...own,
  method: "post",
  path: `${ONE_PATH}/secret`,
  operationId: "loopspaceRotateAppSecret",
  summary: "Rotate an application's secret",
  description:
    "The previous secret stops working at once. Tokens stay valid. 409 for a public application, which has no secret. After a reset of the account's password, `client_credentials` is refused until the secret is rotated.",
  middleware: read,
  request: { params: appParams },
  responses: { 200: json("The application, with its secret", issuedAppSchema), ...errors(401, 404, 409) },
});

const deleteRoute = createRoute({
  ...own,
  method: "delete",
  path: ONE_PATH,
  operationId: "loopspaceDeleteApp",
  summary: "Delete an application",
  description:
    "All its tokens are revoked at once, for every account that authorized it, and the webhooks that it created are deleted.",
  middleware: read,
  request: { params: appParams },
  responses: { 204: { description: "Deleted" }, ...errors(401, 404) },
});

export const developerApps = newRouter()
  .openapi(createAppRoute, async (c) => {
    const { name, redirectUris, public: isPublic } = c.req.valid("json");
    const { user, sessionId } = c.get("access");
    const { oauthClients } = c.get("services");
    const made = await oauthClients.register(user.id, { name, redirectUris, isPublic }, sessionId);
    if (!made.ok) return fail(c, made.error);
    c.header("Cache-Control", "no-store");
    return c.json({ ...toAppWire(made.value), clientSecret: made.value.secret }, 201);
  })
  .openapi(listRoute, async (c) => {
    const apps = await c.get("services").oauthClients.list(c.get("access").user.id);
    return c.json(pageOfArray(apps.map(toAppWire), c.req.valid("query")), 200);
  })
  .openapi(getRoute, async (c) => {
    const { clientId } = c.req.valid("param");
    const found = await c.get("services").oauthClients.get(c.get("access").user.id, clientId);
    return respond(c, found, (value) => c.json(toAppWire(value), 200));
  })
  .openapi(updateRoute, async (c) => {
    const { clientId } = c.req.valid("param");
    const { enabled: isEnabled, ...change } = c.req.valid("json");
    const { user, sessionId } = c.get("access");
    const { oauthClients } = c.get("services");
    const updated = await oauthClients.update(user.id, clientId, { ...change, isEnabled }, sessionId);
    return respond(c, updated, (value) => c.json(toAppWire(value), 200));
  })
  .openapi(secretRoute, async (c) => {
    const { clientId } = c.req.valid("param");
    const { user, sessionId } = c.get("access");
    const rotated = await c.get("services").oauthClients.rotateSecret(user.id, clientId, sessionId);
    if (!rotated.ok) return fail(c, rotated.error);
    c.header("Cache-Control", "no-store");
    return c.json({ ...toAppWire(rotated.value), clientSecret: rotated.value.secret }, 200);
  })
  .openapi(deleteRoute, async (c) => {
    const { clientId } = c.req.valid("param");
    const removed = await c.get("services").oauthClients.remove(c.get("access").user.id, clientId);
    return respond(c, removed, () => c.body(null, 204));
  });
