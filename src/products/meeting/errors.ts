import { wantsErrorPage } from "../../http/client.ts";
import type { ErrorRenderer } from "../../http/context.ts";
import { detailOf } from "../../http/error-details.ts";
import { errorPageOf } from "../../http/error-page.tsx";
import { type ErrorOverrides, errorTable, type WireError } from "../../http/error-table.ts";
import { UPLOAD_REFUSALS } from "../../http/tus-refusals.ts";
import type { DomainError } from "../../lib/domain-error.ts";
import { MEETING_MESSAGES } from "./pages/messages.ts";

const errorPage = errorPageOf(MEETING_MESSAGES, "/meeting");

/** `code` is the document's business code; a failure without one answers its HTTP status there. */
interface BusinessCode {
  readonly code?: number;
}

/** Where Meeting differs from the defaults: the business codes and messages of its document. */
const OVERRIDES = {
  invalid_request: { message: "Invalid request" },
  body_not_json: { message: "Invalid request" },
  body_too_large: { message: "The request is too large" },
  route_not_found: { message: "Not found" },
  credentials_invalid: { code: 1004, message: "Wrong username or password" },
  session_required: { message: "Unauthorized" },
  scope_missing: { message: "Forbidden" },
  origin_forbidden: { message: "Forbidden" },
  username_taken: { status: 400, code: 1001 },
  email_taken: { status: 400, code: 1002 },
  password_wrong: { status: 401, code: 1004 },
  forbidden: { message: "Forbidden" },
  media_unsupported: { code: 3001, message: "The file could not be uploaded" },
  media_gone: { code: 3002, message: "The file does not exist" },
  provider_unavailable: { code: 4001, message: "The AI service is not available" },
  meeting_ended: { code: 2002 },
  meeting_full: { code: 2003 },
  meeting_password_wrong: { code: 2004 },
  upload_failed: { code: 3001 },
  ai_unavailable: { code: 4001, message: "The AI service is not available" },
  ai_failed: { code: 4002, message: "The AI service could not process the audio" },
} as const satisfies ErrorOverrides<BusinessCode>;

export type ErrorStatuses = typeof OVERRIDES;

export const WIRE_ERRORS = errorTable<BusinessCode>("en", () => ({}), OVERRIDES);

/** The business codes of resources that do not exist. */
const NOT_FOUND: Partial<Record<string, WireError<BusinessCode>>> = {
  user: { status: 404, code: 1003, message: "The user does not exist" },
  meeting: { status: 404, code: 2001, message: "The meeting does not exist" },
  file: { status: 404, code: 3002, message: "The file does not exist" },
};

const wireOf = (failure: DomainError): WireError<BusinessCode> => {
  if (failure.code === "not_found") return NOT_FOUND[failure.what] ?? WIRE_ERRORS.not_found;
  if (failure.code === "ai_failed" && failure.isOurs) return { ...WIRE_ERRORS.ai_failed, status: 500 };
  const wire = WIRE_ERRORS[failure.code];
  return failure.code === "upload_refused" ? { ...wire, ...UPLOAD_REFUSALS[failure.reason] } : wire;
};

/** The error envelope of the document. */
export const errorBody = (failure: DomainError, requestId: string, now: number) => {
  const { status, code, message } = wireOf(failure);
  return {
    code: code ?? status,
    message,
    error: detailOf(failure) ?? failure.code,
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
