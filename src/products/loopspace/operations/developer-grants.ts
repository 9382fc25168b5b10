import { createRoute, z } from "@hono/zod-openapi";
import { newRouter } from "../../../http/validation.ts";
import { requireOwner } from "../access.ts";
import { authorizedAppSchema, pageOf, pageQuery } from "../contract/index.ts";
import { respond } from "../respond.ts";
import { errors, json, OWNER_SECURITY, TAGS } from "./operation.ts";
import { toAuthorizedAppWire } from "./to-developer.ts";
import { pageOfArray } from "./to-page.ts";

const PATH = "/api/v1/developer/grants";

const listRoute = createRoute({
  method: "get",
  path: PATH,
  operationId: "loopspaceGrants",
  tags: [TAGS.developer],
  summary: "List the applications that the caller authorized",
  description: "Each application once, with all scopes it has, newest first.",
  security: OWNER_SECURITY,
  middleware: [requireOwner] as const,
  request: { query: pageQuery },
  responses: { 200: json("A page of applications", pageOf(authorizedAppSchema)), ...errors(400, 401) },
});

const deleteRoute = createRoute({
  method: "delete",
  path: `${PATH}/{id}`,
  operationId: "loopspaceEndGrant",
  tags: [TAGS.developer],
  summary: "Revoke an application's access",
  description:
    "Its codes and tokens for the caller's account stop working at once, and the webhooks that it created there are deleted.",
  security: OWNER_SECURITY,
  middleware: [requireOwner] as const,
  request: {
    params: z.object({
      id: z.string().openapi({ param: { name: "id", in: "path" }, example: "client_…" }),
    }),
  },
  responses: { 204: { description: "Revoked" }, ...errors(401, 404) },
});

export const developerGrants = newRouter()
  .openapi(listRoute, async (c) => {
    const apps = await c.get("services").oauthGrants.listAuthorizedApps(c.get("access").user.id);
    return c.json(pageOfArray(apps.map(toAuthorizedAppWire), c.req.valid("query")), 200);
  })
  .openapi(deleteRoute, async (c) => {
    const { id } = c.req.valid("param");
    const ended = await c.get("services").oauthGrants.revokeApp(c.get("access").user.id, id);
    return respond(c, ended, () => c.body(null, 204));
  });
