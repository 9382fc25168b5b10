import type { ContentfulStatusCode } from "hono/utils/http-status";
import { wantsErrorPage } from "../../http/client.ts";
import type { AppContext, ErrorRenderer } from "../../http/context.ts";
import { errorPageOf } from "../../http/error-page.tsx";
import { UPLOAD_REFUSALS } from "../../http/tus-refusals.ts";
import type { DomainError, DomainErrorCode } from "../../lib/domain-error.ts";
import { AUTHORIZE_PATH, OAUTH_PATH, oauthErrorOf } from "./oauth-wire.ts";
import { LOOPSPACE_TEXT } from "./pages/text.ts";
import { bearerChallenge } from "./resource.ts";

const errorPage = errorPageOf(LOOPSPACE_TEXT, "/loopspace");

interface WireError {
  readonly status: ContentfulStatusCode;
  readonly code: string;
  readonly message: string;
}

/** Every expected failure in Loopspace's words. */
export const WIRE_ERRORS: Record<DomainErrorCode, WireError> = {
  invalid_request: { status: 400, code: "INVALID_REQUEST", message: "The request is not as described" },
  body_not_json: { status: 400, code: "INVALID_REQUEST", message: "The body is not valid JSON" },
  body_too_large: { status: 413, code: "FILE_TOO_LARGE", message: "The file or the body is too large" },
  route_not_found: { status: 404, code: "NOT_FOUND", message: "There is no such endpoint" },
  request_broken: {
    status: 400,
    code: "INVALID_REQUEST",
    message: "The request is incomplete or cannot be read",
  },
  method_not_allowed: {
    status: 405,
    code: "METHOD_NOT_ALLOWED",
    message: "This method is not allowed here",
  },
  content_type_unsupported: {
    status: 415,
    code: "UNSUPPORTED_MEDIA_TYPE",
    message: "This Content-Type is not supported",
  },
  range_unsatisfiable: {
    status: 416,
    code: "RANGE_NOT_SATISFIABLE",
    message: "The range is outside the file",
  },
  rate_limited: { status: 429, code: "RATE_LIMIT_EXCEEDED", message: "Too many requests" },
  api_key_invalid: { status: 401, code: "UNAUTHORIZED", message: "The API key is not valid" },
  credentials_invalid: { status: 401, code: "UNAUTHORIZED", message: "Wrong name or password" },
  session_required: { status: 401, code: "UNAUTHORIZED", message: "No valid token or API key" },
  scope_missing: { status: 403, code: "INSUFFICIENT_SCOPE", message: "The token or key may not do this" },
  oauth_refused: { status: 400, code: "INVALID_REQUEST", message: "The application is refused" },
  origin_forbidden: { status: 403, code: "FORBIDDEN", message: "Not from another site" },
  code_malformed: { status: 400, code: "INVALID_REQUEST", message: "The request is not as described" },
  code_unknown: { status: 404, code: "NOT_FOUND", message: "Not found" },
  code_exists: { status: 409, code: "CONFLICT", message: "Exists already" },
  username_taken: { status: 409, code: "CONFLICT", message: "The username is taken" },
  email_taken: { status: 409, code: "CONFLICT", message: "The e-mail address is taken" },
  password_wrong: { status: 400, code: "INVALID_REQUEST", message: "Wrong password" },
  current_password_wrong: { status: 403, code: "FORBIDDEN", message: "Wrong password" },
  token_invalid: { status: 400, code: "INVALID_REQUEST", message: "The link is not valid" },
  forbidden: { status: 403, code: "FORBIDDEN", message: "Not for this account" },
  not_found: { status: 404, code: "NOT_FOUND", message: "Not found" },
  insufficient_credits: { status: 402, code: "INSUFFICIENT_CREDITS", message: "Not enough credits" },
  state_conflict: { status: 409, code: "CONFLICT", message: "Its present state does not allow this" },
  media_unsupported: {
    status: 415,
    code: "UNSUPPORTED_FORMAT",
    message: "The file is none of the formats that are taken",
  },
  media_gone: { status: 404, code: "NOT_FOUND", message: "The file is gone" },
  idempotency_key_reused: {
    status: 422,
    code: "IDEMPOTENCY_KEY_REUSED",
    message: "The Idempotency-Key was used for another request",
  },
  idempotency_in_progress: { status: 409, code: "CONFLICT", message: "The same request is under way" },
  model_unknown: { status: 400, code: "INVALID_REQUEST", message: "No such model" },
  provider_unavailable: { status: 503, code: "UNAVAILABLE", message: "Not available at present" },
  payment_unavailable: { status: 503, code: "UNAVAILABLE", message: "Not available at present" },
  amount_mismatch: { status: 409, code: "PRICE_CHANGED", message: "The price is another" },
  meeting_ended: { status: 400, code: "INVALID_REQUEST", message: "The meeting has ended" },
  meeting_full: { status: 403, code: "FORBIDDEN", message: "The meeting is full" },
  meeting_password_wrong: { status: 403, code: "FORBIDDEN", message: "Wrong password" },
  upload_failed: { status: 400, code: "INVALID_REQUEST", message: "The file could not be taken" },
  upload_refused: { status: 409, code: "UPLOAD_REFUSED", message: "The upload does not take this" },
  ai_unavailable: { status: 503, code: "UNAVAILABLE", message: "Not available at present" },
  ai_failed: { status: 400, code: "INVALID_REQUEST", message: "It could not be processed" },
  storage_failed: { status: 500, code: "INTERNAL_ERROR", message: "Something went wrong here" },
  internal: { status: 500, code: "INTERNAL_ERROR", message: "Something went wrong here" },
};

/** What there is to say beyond the message. */
const detailOf = (failure: DomainError): string | undefined => {
  switch (failure.code) {
    case "invalid_request":
      return failure.issues.map(({ path, message }) => (path ? `${path}: ${message}` : message)).join("; ");
    case "body_too_large":
      return failure.limitBytes > 0 ? `at most ${failure.limitBytes} bytes` : undefined;
    case "request_broken":
    case "content_type_unsupported":
      return failure.detail;
    case "method_not_allowed":
      return `allowed: ${failure.allow.join(", ")}`;
    case "range_unsatisfiable":
      return `the file has ${failure.size} bytes`;
    case "rate_limited":
      return `try again in ${failure.retryAfterSeconds} s`;
    case "scope_missing":
      return `it needs the scope ${failure.scope}`;
    case "insufficient_credits":
      return failure.own === undefined
        ? `${failure.needed} are needed`
        : `the track costs ${failure.needed} and the account has ${failure.own} that were bought or earned; credits that were given (at sign-up or as a gift) pay for generation, not for tracks`;
    case "state_conflict":
      return `the ${failure.what} is ${failure.state.toLowerCase().replaceAll("_", " ")}`;
    case "not_found":
      return `no such ${failure.what}`;
    case "upload_refused":
      return UPLOAD_REFUSALS[failure.reason].detail;
    case "forbidden":
    case "media_unsupported":
    case "upload_failed":
    case "oauth_refused":
      return failure.detail;
    default:
      return undefined;
  }
};

/** The error body, with the request id to ask about it. */
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

/** JSON for programs, a page for somebody who navigates to one of the pages. */
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
