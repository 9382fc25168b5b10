import { z } from "@hono/zod-openapi";
import type { ContentfulStatusCode } from "hono/utils/http-status";
import { json } from "../../http/operation.ts";
import type { DomainError } from "../../lib/domain-error.ts";

/** The prefix of the OAuth endpoints. Errors below it have the format of RFC 6749, not that of the API. */
export const OAUTH_PATH = "/api/oauth/";
export const AUTHORIZE_PATH = "/api/oauth/authorize";

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

/** Describes the request body of a token operation: JSON as in the integration guide, or a form as in RFC 6749. */
export const jsonOrFormBody = <T extends z.ZodType>(schema: T, example: z.input<T>) => ({
  required: true,
  content: {
    "application/json": { schema, example },
    "application/x-www-form-urlencoded": { schema, example },
  },
});

export const OAUTH_ERRORS = {
  400: json("The request is refused with an error code of RFC 6749", oauthErrorSchema),
  401: json("The client id is unknown or the secret is wrong (`invalid_client`)", oauthErrorSchema),
  413: json("The body is too large", oauthErrorSchema),
  429: json("Too many requests; `Retry-After` gives the seconds to wait", oauthErrorSchema),
  500: json("The platform failed (`server_error`)", oauthErrorSchema),
};

/** Converts a failure to the error response of RFC 6749, 5.2. */
export const oauthErrorOf = (
  failure: DomainError,
  status: ContentfulStatusCode,
  message: string,
): { status: ContentfulStatusCode; body: z.output<typeof oauthErrorSchema> } => {
  if (failure.code === "oauth_refused") {
    const body = { error: failure.reason, error_description: failure.detail };
    return { status: failure.reason === "invalid_client" ? 401 : 400, body };
  }
  const error =
    failure.code === "rate_limited"
      ? "temporarily_unavailable"
      : status >= 500
        ? "server_error"
        : "invalid_request";
  return { status, body: { error, error_description: message } };
};
