import { createRoute, z } from "@hono/zod-openapi";
import { KIB, limitBody } from "../../../http/body.ts";
import { newRouter } from "../../../http/validation.ts";
import { requireOwner } from "../access.ts";
import {
  appSchema,
  issuedAppSchema,
  nameSchema,
  pageIn,
  redirectUrisSchema,
  toAppWire,
} from "../developer-wire.ts";
import { fail, respond } from "../respond.ts";
import { pageOf, pageQuery } from "../wire.ts";
import { errors, json, jsonBody, OWNER_SECURITY, TAGS } from "./operation.ts";

const PATH = "/api/v1/developer/apps";
const ONE_PATH = `${PATH}/{clientId}`;

const params = z.object({
  clientId: z.string().openapi({ param: { name: "clientId", in: "path" }, example: "client_…" }),
});

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
    "For OAuth 2. The secret is shown this once. `public` is for what runs in a browser or on somebody's machine: it has no secret and uses PKCE. At most 100 an account.",
  middleware: write,
  request: {
    body: jsonBody(
      z.object({ name: nameSchema, redirectUris: redirectUrisSchema, public: z.boolean().default(false) }),
      { name: "Mixtape", redirectUris: ["https://app.example.com/callback"], public: false },
    ),
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
  summary: "The caller's applications",
  description: "The latest first.",
  middleware: read,
  request: { query: pageQuery },
  responses: { 200: json("A page of them", pageOf(appSchema)), ...errors(400, 401) },
});

const getRoute = createRoute({
  ...own,
  method: "get",
  path: ONE_PATH,
  operationId: "loopspaceApp",
  summary: "An application",
  description: "One of the caller's.",
  middleware: read,
  request: { params },
  responses: { 200: json("The application", appSchema), ...errors(401, 404) },
});

const updateRoute = createRoute({
  ...own,
  method: "patch",
  path: ONE_PATH,
  operationId: "loopspaceUpdateApp",
  summary: "Change an application",
  description:
    "What is left out stays. Tokens stay good, but while `enabled` is false none works and nobody can let the application in.",
  middleware: write,
  request: {
    params,
    body: jsonBody(
      z
        .object({
          name: nameSchema.optional(),
          redirectUris: redirectUrisSchema.optional(),
          enabled: z.boolean().optional(),
        })
        .refine((change) => Object.values(change).some((value) => value !== undefined), "nothing to change"),
      { name: "Mixtape 2" },
    ),
  },
  responses: { 200: json("The application", appSchema), ...errors(400, 401, 404, 413) },
});

const secretRoute = createRoute({
  ...own,
  method: "post",
  path: `${ONE_PATH}/secret`,
  operationId: "loopspaceRotateAppSecret",
  summary: "Give an application another secret",
  description:
    "The one before is good no more, at once. Tokens stay good. A public application has none: 409. After a reset of the account's password `client_credentials` needs a new secret.",
  middleware: read,
  request: { params },
  responses: { 200: json("The application, with its secret", issuedAppSchema), ...errors(401, 404, 409) },
});

const deleteRoute = createRoute({
  ...own,
  method: "delete",
  path: ONE_PATH,
  operationId: "loopspaceDeleteApp",
  summary: "Delete an application",
  description: "Every token of it ends at once, whoever let it in, and the webhooks it made are gone.",
  middleware: read,
  request: { params },
  responses: { 204: { description: "It is gone" }, ...errors(401, 404) },
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
    return c.json(pageIn(apps.map(toAppWire), c.req.valid("query")), 200);
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
