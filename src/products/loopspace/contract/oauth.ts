import { z } from "@hono/zod-openapi";
import { scopeSchema } from "./common.ts";

export const oauthErrorSchema = z
  .object({
    error: z.string().openapi({ example: "invalid_grant" }),
    error_description: z.string().openapi({ example: "the code has expired" }),
  })
  .openapi("OAuthError");

export const tokenSchema = z
  .object({
    access_token: z.string().openapi({ example: "lso_…" }),
    token_type: z.literal("Bearer"),
    expires_in: z.int().openapi({ description: "Seconds", example: 3_600 }),
    refresh_token: z
      .string()
      .optional()
      .openapi({ description: "Absent with `client_credentials`", example: "lsr_…" }),
    scope: z.string().openapi({ example: "audio:read users:read" }),
  })
  .openapi("OAuthTokens");

const clientFields = {
  client_id: z
    .string()
    .optional()
    .openapi({ description: "In the body or in `Authorization: Basic`", example: "client_…" }),
  client_secret: z
    .string()
    .optional()
    .openapi({ description: "In the body or in `Authorization: Basic`; a public application has none" }),
};

export const tokenRequestSchema = z
  .object({
    grant_type: z.enum(["authorization_code", "refresh_token", "client_credentials"]),
    code: z.string().optional(),
    redirect_uri: z.string().optional(),
    code_verifier: z.string().optional(),
    refresh_token: z.string().optional(),
    scope: z.string().optional(),
    resource: z
      .union([z.string(), z.array(z.string())])
      .optional()
      .openapi({
        description:
          "RFC 8707: this origin or the URL of an API path on it. A form repeats the parameter for several values",
      }),
    ...clientFields,
  })
  .openapi("OAuthTokenRequest");

export const tokenQuerySchema = z
  .object({
    token: z.string(),
    token_type_hint: z.enum(["access_token", "refresh_token"]).optional(),
    ...clientFields,
  })
  .openapi("OAuthTokenQuestion");

export const tokenStateSchema = z
  .object({
    active: z.boolean(),
    scope: z.string().optional(),
    client_id: z.string().optional(),
    username: z.string().optional(),
    token_type: z.literal("Bearer").optional().openapi({ description: "Only for access tokens" }),
    exp: z.int().optional().openapi({ description: "Unix seconds" }),
    iat: z.int().optional().openapi({ description: "Unix seconds" }),
    sub: z.string().optional().openapi({ example: "user_123e4567e89b12d3a456426614174000" }),
    iss: z.url().optional(),
  })
  .openapi("OAuthTokenState");

export const authorizeQuery = z.object({
  response_type: z.literal("code"),
  client_id: z.string().openapi({ example: "client_…" }),
  redirect_uri: z.string().optional().openapi({
    description:
      "A registered redirect address; may be left out where the application has registered only one",
  }),
  scope: z.string().optional().openapi({ example: "audio:read users:write" }),
  state: z.string().max(2_048).optional(),
  code_challenge: z.string().length(43).optional(),
  code_challenge_method: z.literal("S256").optional(),
  resource: z.string().optional().openapi({
    description:
      "RFC 8707: this origin or the URL of an API path on it; may be repeated. Any other resource is `invalid_target`",
  }),
});

const words = z.array(z.string());

export const metadataSchema = z
  .object({
    issuer: z.url(),
    authorization_endpoint: z.url(),
    token_endpoint: z.url(),
    revocation_endpoint: z.url(),
    introspection_endpoint: z.url(),
    scopes_supported: z.array(scopeSchema),
    response_types_supported: words,
    response_modes_supported: words,
    grant_types_supported: words,
    token_endpoint_auth_methods_supported: words,
    revocation_endpoint_auth_methods_supported: words,
    introspection_endpoint_auth_methods_supported: words,
    code_challenge_methods_supported: words,
    authorization_response_iss_parameter_supported: z.boolean(),
    protected_resources: z.array(z.url()),
    service_documentation: z.url(),
  })
  .openapi("OAuthMetadata");

export const resourceMetadataSchema = z
  .object({
    resource: z.url(),
    authorization_servers: z.array(z.url()),
    scopes_supported: z.array(scopeSchema),
    bearer_methods_supported: words,
    resource_name: z.string(),
    resource_documentation: z.url(),
  })
  .openapi("OAuthResourceMetadata");
