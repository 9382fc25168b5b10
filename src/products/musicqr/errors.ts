import { wantsErrorPage } from "../../http/client.ts";
import type { ErrorRenderer } from "../../http/context.ts";
import { type ErrorOverrides, errorTable } from "../../http/error-table.ts";
import type { DomainError, ErrorCategory, KeyProblem } from "../../lib/domain-error.ts";
import { errorPage } from "./pages/error.tsx";
import { isoTime } from "./to-wire.ts";

/** The error code of each category. */
const ERROR_CODES: Record<ErrorCategory, string> = {
  invalid: "INVALID_REQUEST",
  unauthenticated: "UNAUTHORIZED",
  unpaid: "INSUFFICIENT_CREDITS",
  forbidden: "FORBIDDEN",
  not_found: "NOT_FOUND",
  method_not_allowed: "METHOD_NOT_ALLOWED",
  conflict: "CONFLICT",
  too_large: "PAYLOAD_TOO_LARGE",
  unsupported: "UNSUPPORTED_MEDIA_TYPE",
  out_of_range: "INVALID_REQUEST",
  unprocessable: "CONFLICT",
  limited: "RATE_LIMIT_EXCEEDED",
  failed: "INTERNAL_ERROR",
  unavailable: "UNAVAILABLE",
};

/** Where MusicQR differs from the defaults: the error codes and messages of its document. */
const OVERRIDES = {
  api_key_invalid: { errorCode: "INVALID_API_KEY", message: "API密钥无效" },
  credentials_invalid: { errorCode: "INVALID_CREDENTIALS", message: "用户名或密码错误" },
  code_malformed: { errorCode: "INVALID_CODE_FORMAT" },
  code_unknown: { errorCode: "CODE_NOT_FOUND" },
  code_exists: { errorCode: "DUPLICATE_CODE" },
  storage_failed: { errorCode: "DATABASE_ERROR", message: "数据库操作错误" },
} as const satisfies ErrorOverrides<{ readonly errorCode: string }>;

export type ErrorStatuses = typeof OVERRIDES;

export const WIRE_ERRORS = errorTable<{ readonly errorCode: string }>(
  "zh-CN",
  (category) => ({ errorCode: ERROR_CODES[category] }),
  OVERRIDES,
);

/** Developers read these: they say what to change in the client. The key itself is never repeated, it may be the secret. */
const KEY_PROBLEMS: Record<KeyProblem, string> = {
  not_awaited:
    'X-API-Key 的值是 "[object Promise]"，计算密钥的异步函数没有用 await 等待结果 (the key is a Promise that was not awaited)',
  not_hex:
    "X-API-Key 必须是 64 位十六进制字符，即 HMAC-SHA256 的结果 (the key must be the 64 hex digits of an HMAC-SHA256)",
};

const messageOf = (error: DomainError): string => {
  const { message } = WIRE_ERRORS[error.code];
  if (error.code === "content_type_unsupported") return `${message}，请使用 ${error.detail}`;
  return error.code === "api_key_invalid" && error.problem
    ? `${message}：${KEY_PROBLEMS[error.problem]}`
    : message;
};

/** Builds the error body of the API document. For an invalid request, `errors` lists the problems. */
export const errorBody = (error: DomainError) => {
  const { errorCode } = WIRE_ERRORS[error.code];
  return {
    success: false as const,
    message: messageOf(error),
    error_code: errorCode,
    ...(error.code === "invalid_request" ? { errors: [...error.issues] } : {}),
    timestamp: isoTime(Date.now()),
  };
};

/**
 * Answers with the JSON of the API document, or with an error page when a browser navigates. That happens in the JSON
 * API too: a page links to a PDF there, and the session may have ended since the page was loaded.
 */
export const renderError: ErrorRenderer = (c, error) => {
  const { status, message } = WIRE_ERRORS[error.code];
  if (error.code === "rate_limited") c.header("Retry-After", String(error.retryAfterSeconds));
  if (!wantsErrorPage(c, error, !c.req.path.startsWith("/api/"))) return c.json(errorBody(error), status);
  if (error.code === "session_required") return c.redirect("/admin/login", 303);
  return errorPage(c, error, status, message);
};
