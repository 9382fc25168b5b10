import type { ContentfulStatusCode } from "hono/utils/http-status";
import { wantsErrorPage } from "../../http/client.ts";
import type { ErrorRenderer } from "../../http/context.ts";
import { errorPageOf } from "../../http/error-page.tsx";
import { UPLOAD_REFUSALS } from "../../http/tus-refusals.ts";
import type { DomainError, DomainErrorCode } from "../../lib/domain-error.ts";
import { MEETING_TEXT } from "./pages/text.ts";

const errorPage = errorPageOf(MEETING_TEXT, "/meeting");

interface WireError {
  readonly status: ContentfulStatusCode;
  /** The business code of the Meeting API document. Without one, the body's `code` is the HTTP status. */
  readonly code?: number;
  readonly message: string;
}

/** The status, business code and message of each domain error, as the Meeting API document defines them. */
export const WIRE_ERRORS: Record<DomainErrorCode, WireError> = {
  invalid_request: { status: 400, message: "Invalid request" },
  body_not_json: { status: 400, message: "Invalid request" },
  body_too_large: { status: 413, message: "The request is too large" },
  route_not_found: { status: 404, message: "Not found" },
  request_broken: { status: 400, message: "The request is incomplete or cannot be read" },
  method_not_allowed: { status: 405, message: "This method is not allowed here" },
  content_type_unsupported: { status: 415, message: "This Content-Type is not supported" },
  range_unsatisfiable: { status: 416, message: "The range is outside the file" },
  rate_limited: { status: 429, message: "Too many requests" },
  api_key_invalid: { status: 401, message: "Unauthorized" },
  credentials_invalid: { status: 401, code: 1004, message: "Wrong username or password" },
  session_required: { status: 401, message: "Unauthorized" },
  scope_missing: { status: 403, message: "Forbidden" },
  oauth_refused: { status: 400, message: "Bad Request" },
  origin_forbidden: { status: 403, message: "Forbidden" },
  code_malformed: { status: 400, message: "Invalid request" },
  code_unknown: { status: 404, message: "Not found" },
  code_exists: { status: 409, message: "Already exists" },
  username_taken: { status: 400, code: 1001, message: "The username is taken" },
  email_taken: { status: 400, code: 1002, message: "The e-mail address is taken" },
  password_wrong: { status: 401, code: 1004, message: "Wrong password" },
  current_password_wrong: { status: 403, message: "Wrong password" },
  token_invalid: { status: 400, message: "The link is not valid" },
  forbidden: { status: 403, message: "Forbidden" },
  not_found: { status: 404, message: "Not found" },
  insufficient_credits: { status: 402, message: "Not enough credits" },
  state_conflict: { status: 409, message: "The current state does not allow this" },
  media_unsupported: { status: 400, code: 3001, message: "The file could not be uploaded" },
  media_gone: { status: 404, code: 3002, message: "The file does not exist" },
  idempotency_key_reused: { status: 422, message: "The Idempotency-Key was used for another request" },
  idempotency_in_progress: {
    status: 409,
    message: "A request with the same Idempotency-Key is still in progress",
  },
  model_unknown: { status: 400, message: "The model does not exist" },
  provider_unavailable: { status: 503, code: 4001, message: "The AI service is not available" },
  payment_unavailable: { status: 503, message: "Not available" },
  amount_mismatch: { status: 400, message: "Invalid request" },
  meeting_ended: { status: 400, code: 2002, message: "The meeting has ended" },
  meeting_full: { status: 403, code: 2003, message: "The meeting is full" },
  meeting_password_wrong: { status: 403, code: 2004, message: "Wrong meeting password" },
  upload_failed: { status: 400, code: 3001, message: "The file could not be uploaded" },
  upload_refused: { status: 409, message: "The upload refused the request" },
  ai_unavailable: { status: 503, code: 4001, message: "The AI service is not available" },
  ai_failed: { status: 400, code: 4002, message: "The AI service could not process the audio" },
  storage_failed: { status: 500, message: "Internal server error" },
  internal: { status: 500, message: "Internal server error" },
};

/** The business codes of `not_found` by the kind of resource. */
const NOT_FOUND: Partial<Record<string, Required<WireError>>> = {
  user: { status: 404, code: 1003, message: "The user does not exist" },
  meeting: { status: 404, code: 2001, message: "The meeting does not exist" },
  file: { status: 404, code: 3002, message: "The file does not exist" },
};

const wireOf = (failure: DomainError): WireError => {
  if (failure.code === "not_found") return NOT_FOUND[failure.what] ?? WIRE_ERRORS.not_found;
  if (failure.code === "ai_failed" && failure.isOurs) return { ...WIRE_ERRORS.ai_failed, status: 500 };
  const wire = WIRE_ERRORS[failure.code];
  return failure.code === "upload_refused" ? { ...wire, ...UPLOAD_REFUSALS[failure.reason] } : wire;
};

/** Returns the details beyond the message that help a developer to debug a client. */
const detailOf = (failure: DomainError): string => {
  switch (failure.code) {
    case "invalid_request":
      return failure.issues.map(({ path, message }) => (path ? `${path}: ${message}` : message)).join("; ");
    case "body_too_large":
      return failure.limitBytes > 0 ? `at most ${failure.limitBytes} bytes` : "the body is too large";
    case "request_broken":
    case "content_type_unsupported":
      return failure.detail;
    case "method_not_allowed":
      return `allowed: ${failure.allow.join(", ")}`;
    case "range_unsatisfiable":
      return `the file has ${failure.size} bytes`;
    case "rate_limited":
      return `try again in ${failure.retryAfterSeconds} s`;
    case "state_conflict":
      return `${failure.what} is ${failure.state.toLowerCase()}`;
    case "not_found":
      return `${failure.what} not found`;
    case "upload_failed":
    case "ai_failed":
      return failure.detail;
    case "upload_refused":
      return UPLOAD_REFUSALS[failure.reason].detail;
    default:
      return failure.code;
  }
};

/** Builds the error envelope of the Meeting API document. */
export const errorBody = (failure: DomainError, requestId: string, now: number) => {
  const { status, code, message } = wireOf(failure);
  return {
    code: code ?? status,
    message,
    error: detailOf(failure),
    timestamp: new Date(now).toISOString(),
    request_id: requestId,
  };
};

/** Answers with JSON, or with an error page when a browser navigates to a page of the product. */
export const renderError: ErrorRenderer = (c, failure) => {
  const { status } = wireOf(failure);
  if (failure.code === "rate_limited") c.header("Retry-After", String(failure.retryAfterSeconds));
  if (failure.code === "session_required") c.header("WWW-Authenticate", 'Bearer realm="meeting"');
  if (wantsErrorPage(c, failure, c.req.path.startsWith("/meeting"))) return errorPage(c, status);
  return c.json(errorBody(failure, c.get("requestId"), Date.now()), status);
};
