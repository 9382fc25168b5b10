import type { ContentfulStatusCode } from "hono/utils/http-status";
import type { ErrorRenderer } from "./http/context.ts";
import type { DomainError, DomainErrorCode } from "./lib/domain-error.ts";

const STATUS: Record<DomainErrorCode, ContentfulStatusCode> = {
  invalid_request: 400,
  body_not_json: 400,
  body_too_large: 413,
  route_not_found: 404,
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

/** The error of a path that is no product's. */
export const platformErrorBody = (error: DomainError, requestId: string) => ({
  error: { code: error.code.toUpperCase(), requestId },
});

export const renderPlatformError: ErrorRenderer = (c, error) =>
  c.json(platformErrorBody(error, c.get("requestId")), STATUS[error.code]);
