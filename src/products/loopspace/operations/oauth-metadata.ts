import { createRoute } from "@hono/zod-openapi";
import { SCOPES } from "../../../core/access/index.ts";
import { answerOrigin } from "../../../http/origins.ts";
import { newRouter } from "../../../http/validation.ts";
import { metadataSchema, resourceMetadataSchema } from "../contract/index.ts";
import { AUTHORIZE_PATH } from "../oauth-answers.ts";
import { isResourcePath, RESOURCE_METADATA_PATH } from "../resource.ts";
import { fail } from "../respond.ts";
import { errors, json, TAGS } from "./operation.ts";

const route = createRoute({
  method: "get",
  path: "/.well-known/oauth-authorization-server",
  operationId: "oauthMetadata",
  tags: [TAGS.oauth],
  summary: "Describe the authorization server",
  description:
    "RFC 8414: the OAuth endpoints and the options that they support. The issuer is the origin of the request.",
  responses: {
    200: json("The metadata", metadataSchema),
    ...errors(),
  },
});

const resourceRoute = createRoute({
  method: "get",
  path: RESOURCE_METADATA_PATH,
  operationId: "oauthResourceMetadata",
  tags: [TAGS.oauth],
  summary: "Describe the API as a protected resource",
  description:
    "RFC 9728: the authorization server that issues tokens for this API. A client that uses a path of the API as its resource (`/api/v1/audio`) appends that path to this one and gets it back in `resource`. `resource_metadata` in the `WWW-Authenticate` header of a 401 is the address of this document.",
  responses: {
    200: json("The metadata", resourceMetadataSchema),
    ...errors(),
  },
});

const resourceMetadata = (origin: string, path: string) => ({
  resource: origin + path,
  authorization_servers: [origin],
  scopes_supported: [...SCOPES],
  bearer_methods_supported: ["header"],
  resource_name: "Loopspace",
  resource_documentation: `${origin}/api-docs`,
});

const CACHE = "public, max-age=3600";

const BY_SECRET = ["client_secret_basic", "client_secret_post"];

export const oauthMetadata = newRouter().openapi(route, (c) => {
  const origin = answerOrigin(c);
  c.header("Cache-Control", CACHE);
  return c.json(
    {
      issuer: origin,
      authorization_endpoint: origin + AUTHORIZE_PATH,
      token_endpoint: `${origin}/api/oauth/token`,
      revocation_endpoint: `${origin}/api/oauth/revoke`,
      introspection_endpoint: `${origin}/api/oauth/introspect`,
      scopes_supported: [...SCOPES],
      response_types_supported: ["code"],
      response_modes_supported: ["query"],
      grant_types_supported: ["authorization_code", "refresh_token", "client_credentials"],
      token_endpoint_auth_methods_supported: [...BY_SECRET, "none"],
      revocation_endpoint_auth_methods_supported: [...BY_SECRET, "none"],
      introspection_endpoint_auth_methods_supported: BY_SECRET,
      code_challenge_methods_supported: ["S256"],
      authorization_response_iss_parameter_supported: true,
      protected_resources: [origin],
      service_documentation: `${origin}/api-docs`,
    },
    200,
  );
});

oauthMetadata.openapi(resourceRoute, (c) => {
  c.header("Cache-Control", CACHE);
  return c.json(resourceMetadata(answerOrigin(c), ""), 200);
});

oauthMetadata.get(`${RESOURCE_METADATA_PATH}/*`, (c) => {
  const path = c.req.path.slice(RESOURCE_METADATA_PATH.length);
  if (!isResourcePath(path)) return fail(c, { code: "route_not_found" });
  c.header("Cache-Control", CACHE);
  return c.json(resourceMetadata(answerOrigin(c), path), 200);
});
