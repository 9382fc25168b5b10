import { wantsErrorPage } from "../../http/client.ts";
import type { ErrorRenderer } from "../../http/context.ts";
import { type ErrorOverrides, errorTable } from "../../http/error-table.ts";
import type { DomainError, ErrorCategory } from "../../lib/domain-error.ts";
import { errorPage } from "./pages/error.tsx";

/** The error name of each category. */
const NAMES: Record<ErrorCategory, string> = {
  invalid: "Bad Request",
  unauthenticated: "Unauthorized",
  unpaid: "Insufficient Credits",
  forbidden: "Forbidden",
  not_found: "Not Found",
  method_not_allowed: "Method Not Allowed",
  conflict: "Conflict",
  too_large: "Payload Too Large",
  unsupported: "Unsupported Media Type",
  out_of_range: "Range Not Satisfiable",
  unprocessable: "Idempotency Error",
  limited: "Too Many Requests",
  failed: "Internal Server Error",
  unavailable: "Service Unavailable",
};

/** Where Sora differs from the defaults: the error names and messages of its document. */
const OVERRIDES = {
  invalid_request: { error: "Validation Error", message: "请求参数不正确" },
  route_not_found: { message: "资源未找到" },
  session_required: { message: "未授权，请先登录" },
  forbidden: { message: "权限不足" },
  not_found: { message: "资源未找到" },
  model_unknown: { error: "Validation Error" },
  provider_unavailable: { message: "没有可用的视频生成服务" },
  amount_mismatch: { error: "Validation Error" },
} as const satisfies ErrorOverrides<{ readonly error: string }>;

export type ErrorStatuses = typeof OVERRIDES;

export const WIRE_ERRORS = errorTable<{ readonly error: string }>(
  "zh-CN",
  (category) => ({ error: NAMES[category] }),
  OVERRIDES,
);

/** The error body of the document, with the request id to ask about it and, of a validation error, what is wrong. */
export const errorBody = (failure: DomainError, requestId: string) => {
  const { status, error, message } = WIRE_ERRORS[failure.code];
  return {
    error,
    message,
    statusCode: status,
    requestId,
    ...(failure.code === "invalid_request" ? { errors: [...failure.issues] } : {}),
  };
};

/** Answers with JSON, or with an error page when a browser navigates to a page of the product. */
export const renderError: ErrorRenderer = (c, failure) => {
  const { status, message } = WIRE_ERRORS[failure.code];
  if (failure.code === "rate_limited") c.header("Retry-After", String(failure.retryAfterSeconds));
  if (failure.code === "session_required") c.header("WWW-Authenticate", 'Bearer realm="sora"');
  if (wantsErrorPage(c, failure, !c.req.path.startsWith("/api/")))
    return errorPage(c, failure, status, message);
  return c.json(errorBody(failure, c.get("requestId")), status);
};
