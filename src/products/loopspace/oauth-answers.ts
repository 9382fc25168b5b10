import type { z } from "@hono/zod-openapi";
import type { ContentfulStatusCode } from "hono/utils/http-status";
import { json } from "../../http/operation.ts";
import type { DomainError } from "../../lib/domain-error.ts";
import { oauthErrorSchema } from "./contract/index.ts";

/** The prefix of the OAuth endpoints. Errors below it have the format of RFC 6749, not that of the API. */
export const OAUTH_PATH = "/api/oauth/";
export const AUTHORIZE_PATH = "/api/oauth/authorize";

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
