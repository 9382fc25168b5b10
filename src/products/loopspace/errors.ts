import type { ContentfulStatusCode } from "hono/utils/http-status";
import { wantsErrorPage } from "../../http/client.ts";
import type { AppContext, ErrorRenderer } from "../../http/context.ts";
import { detailOf } from "../../http/error-details.ts";
import { errorPageOf } from "../../http/error-page.tsx";
import { type ErrorOverrides, errorTable } from "../../http/error-table.ts";
import { UPLOAD_REFUSALS } from "../../http/tus-refusals.ts";
import type { DomainError, ErrorCategory } from "../../lib/domain-error.ts";
import { AUTHORIZE_PATH, OAUTH_PATH, oauthErrorOf } from "./oauth-answers.ts";
import { LOOPSPACE_MESSAGES } from "./pages/messages.ts";
import { bearerChallenge } from "./resource.ts";

const errorPage = errorPageOf(LOOPSPACE_MESSAGES, "/loopspace");

/** The error code of each category. */
const CODES: Record<ErrorCategory, string> = {
  invalid: "INVALID_REQUEST",
  unauthenticated: "UNAUTHORIZED",
  unpaid: "INSUFFICIENT_CREDITS",
  forbidden: "FORBIDDEN",
  not_found: "NOT_FOUND",
  method_not_allowed: "METHOD_NOT_ALLOWED",
  conflict: "CONFLICT",
  too_large: "FILE_TOO_LARGE",
  unsupported: "UNSUPPORTED_MEDIA_TYPE",
  out_of_range: "RANGE_NOT_SATISFIABLE",
  unprocessable: "IDEMPOTENCY_KEY_REUSED",
  limited: "RATE_LIMIT_EXCEEDED",
  failed: "INTERNAL_ERROR",
  unavailable: "UNAVAILABLE",
};

/** Where Loopspace differs from the defaults. */
const OVERRIDES = {
  scope_missing: { code: "INSUFFICIENT_SCOPE" },
  media_unsupported: { status: 415, code: "UNSUPPORTED_FORMAT" },
  amount_mismatch: { status: 409, code: "PRICE_CHANGED" },
  upload_refused: { code: "UPLOAD_REFUSED" },
} as const satisfies ErrorOverrides<{ readonly code: string }>;

export type ErrorStatuses = typeof OVERRIDES;

export const WIRE_ERRORS = errorTable<{ readonly code: string }>(
  "en",
  (category) => ({ code: CODES[category] }),
  OVERRIDES,
);

/** Builds the error body. Its request id identifies the request when the developer contacts support. */
export const errorBody = (failure: DomainError, requestId: string) => {
  const { code, message } = WIRE_ERRORS[failure.code];
  const detail = detailOf(failure);
  return {
    error: {
      code,
      message: detail === undefined ? message : `${message}: ${detail}`,
      ...(failure.code === "rate_limited" && { retryAfter: failure.retryAfterSeconds }),
      requestId,
    },
  };
};

const oauthError = (c: AppContext, failure: DomainError, wireStatus: ContentfulStatusCode) => {
  const { status, body } = oauthErrorOf(failure, wireStatus, WIRE_ERRORS[failure.code].message);
  if (status === 401) c.header("WWW-Authenticate", 'Basic realm="loopspace"');
  c.header("Cache-Control", "no-store");
  return c.json(body, status);
};

/**
 * Renders a failure as JSON (in RFC 6749's format for OAuth endpoints), or as an HTML page for a browser navigation.
 */
export const renderError: ErrorRenderer = (c, failure) => {
  const { status } =
    failure.code === "upload_refused" ? UPLOAD_REFUSALS[failure.reason] : WIRE_ERRORS[failure.code];
  const { path } = c.req;
  if (failure.code === "rate_limited") c.header("Retry-After", String(failure.retryAfterSeconds));
  if (status === 401) {
    const isRefusedToken = failure.code === "session_required" && c.req.header("authorization") !== undefined;
    c.header("WWW-Authenticate", bearerChallenge(c, isRefusedToken ? { error: "invalid_token" } : {}));
  }
  if (failure.code === "scope_missing")
    c.header("WWW-Authenticate", bearerChallenge(c, { error: "insufficient_scope", scope: failure.scope }));
  if (path === AUTHORIZE_PATH || wantsErrorPage(c, failure, !path.startsWith("/api/")))
    return errorPage(c, status);
  if (path.startsWith(OAUTH_PATH)) return oauthError(c, failure, status);
  return c.json(errorBody(failure, c.get("requestId")), status);
};
