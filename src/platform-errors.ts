import type { ContentfulStatusCode } from "hono/utils/http-status";
import { wantsErrorPage } from "./http/client.ts";
import type { ErrorRenderer } from "./http/context.ts";
import { errorPageOf } from "./http/error-page.tsx";
import type { DomainError, DomainErrorCode } from "./lib/domain-error.ts";

const STATUS: Record<DomainErrorCode, ContentfulStatusCode> = {
  invalid_request: 400,
  body_not_json: 400,
  body_too_large: 413,
  request_broken: 400,
  route_not_found: 404,
  method_not_allowed: 405,
  content_type_unsupported: 415,
  range_unsatisfiable: 416,
  rate_limited: 429,
  api_key_invalid: 401,
  credentials_invalid: 401,
  session_required: 401,
  scope_missing: 403,
  oauth_refused: 400,
  origin_forbidden: 403,
  code_malformed: 400,
  code_unknown: 404,
  code_exists: 409,
  username_taken: 409,
  email_taken: 409,
  password_wrong: 400,
  current_password_wrong: 403,
  token_invalid: 400,
  forbidden: 403,
  not_found: 404,
  insufficient_credits: 402,
  state_conflict: 409,
  media_unsupported: 400,
  media_gone: 404,
  idempotency_key_reused: 422,
  idempotency_in_progress: 409,
  model_unknown: 400,
  provider_unavailable: 503,
  payment_unavailable: 503,
  amount_mismatch: 400,
  meeting_ended: 400,
  meeting_full: 403,
  meeting_password_wrong: 403,
  upload_failed: 400,
  upload_refused: 409,
  ai_unavailable: 503,
  ai_failed: 400,
  storage_failed: 500,
  internal: 500,
};

/** Returns the message of a failure on a path that no product owns. */
const messageOf = (error: DomainError): string => {
  switch (error.code) {
    case "route_not_found":
      return "There is nothing at this path";
    case "method_not_allowed":
      return `This method is not allowed here; allowed: ${error.allow.join(", ")}`;
    case "request_broken":
      return `The request is malformed: ${error.detail}`;
    case "body_too_large":
      return `The body is too large${error.limitBytes > 0 ? `: at most ${error.limitBytes} bytes` : ""}`;
    case "range_unsatisfiable":
      return `The range is outside the file, which has ${error.size} bytes`;
    case "media_gone":
      return "The file does not exist, or its URL has expired";
    case "internal":
      return "Internal error: quote the requestId when you report it";
    default:
      return error.code.replaceAll("_", " ");
  }
};

/** Returns the error body for a path that no product owns. */
export const platformErrorBody = (error: DomainError, requestId: string) => ({
  error: { code: error.code.toUpperCase(), message: messageOf(error), requestId },
});

const errorPage = errorPageOf(
  {
    "zh-CN": { brand: "Ensemble", notFound: "页面不存在" },
    en: { brand: "Ensemble", notFound: "This page does not exist" },
  },
  "/",
);

/** Renders a failure as JSON, or as a page where a browser navigates to an unknown path. */
export const renderPlatformError: ErrorRenderer = (c, error) => {
  const status = STATUS[error.code];
  if (wantsErrorPage(c, error, false)) return errorPage(c, status);
  return c.json(platformErrorBody(error, c.get("requestId")), status);
};
