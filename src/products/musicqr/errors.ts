import type { ContentfulStatusCode } from "hono/utils/http-status";
import { wantsErrorPage } from "../../http/client.ts";
import type { ErrorRenderer } from "../../http/context.ts";
import type { DomainError, DomainErrorCode, KeyProblem } from "../../lib/domain-error.ts";
import { errorPage } from "./pages/error.tsx";
import { isoTime } from "./wire.ts";

interface WireError {
  readonly status: ContentfulStatusCode;
  readonly errorCode: string;
  readonly message: string;
}

/** The status, error code and message of each domain error, as the MusicQR API document defines them. */
export const WIRE_ERRORS: Record<DomainErrorCode, WireError> = {
  invalid_request: { status: 400, errorCode: "INVALID_REQUEST", message: "请求参数错误" },
  body_not_json: { status: 400, errorCode: "INVALID_REQUEST", message: "请求体不是有效的 JSON" },
  body_too_large: { status: 413, errorCode: "PAYLOAD_TOO_LARGE", message: "请求体过大" },
  route_not_found: { status: 404, errorCode: "NOT_FOUND", message: "资源不存在" },
  request_broken: { status: 400, errorCode: "INVALID_REQUEST", message: "请求不完整或无法解析" },
  method_not_allowed: { status: 405, errorCode: "METHOD_NOT_ALLOWED", message: "不支持该请求方法" },
  content_type_unsupported: {
    status: 415,
    errorCode: "UNSUPPORTED_MEDIA_TYPE",
    message: "不支持该 Content-Type",
  },
  range_unsatisfiable: { status: 416, errorCode: "INVALID_REQUEST", message: "请求的范围超出文件大小" },
  rate_limited: { status: 429, errorCode: "RATE_LIMIT_EXCEEDED", message: "请求过于频繁，请稍后再试" },
  api_key_invalid: { status: 401, errorCode: "INVALID_API_KEY", message: "API密钥无效" },
  credentials_invalid: { status: 401, errorCode: "INVALID_CREDENTIALS", message: "用户名或密码错误" },
  session_required: { status: 401, errorCode: "UNAUTHORIZED", message: "请先登录" },
  scope_missing: { status: 403, errorCode: "FORBIDDEN", message: "无权限" },
  oauth_refused: { status: 400, errorCode: "INVALID_REQUEST", message: "应用请求不正确" },
  origin_forbidden: { status: 403, errorCode: "FORBIDDEN", message: "禁止跨站请求" },
  code_malformed: { status: 400, errorCode: "INVALID_CODE_FORMAT", message: "授权码格式错误" },
  code_unknown: { status: 404, errorCode: "CODE_NOT_FOUND", message: "授权码不存在" },
  code_exists: { status: 409, errorCode: "DUPLICATE_CODE", message: "授权码重复" },
  // Most of the errors below belong to other products, but the record must be complete.
  username_taken: { status: 409, errorCode: "CONFLICT", message: "用户名已被使用" },
  email_taken: { status: 409, errorCode: "CONFLICT", message: "邮箱已被使用" },
  password_wrong: { status: 400, errorCode: "INVALID_REQUEST", message: "当前密码错误" },
  current_password_wrong: { status: 403, errorCode: "FORBIDDEN", message: "当前密码错误" },
  token_invalid: { status: 400, errorCode: "INVALID_REQUEST", message: "链接无效或已过期" },
  forbidden: { status: 403, errorCode: "FORBIDDEN", message: "禁止访问" },
  not_found: { status: 404, errorCode: "NOT_FOUND", message: "资源不存在" },
  insufficient_credits: { status: 402, errorCode: "INSUFFICIENT_CREDITS", message: "积分不足" },
  state_conflict: { status: 409, errorCode: "CONFLICT", message: "当前状态不允许此操作" },
  media_unsupported: { status: 400, errorCode: "INVALID_REQUEST", message: "文件格式不支持" },
  media_gone: { status: 404, errorCode: "NOT_FOUND", message: "文件不存在" },
  idempotency_key_reused: { status: 422, errorCode: "CONFLICT", message: "幂等键已用于其他请求" },
  idempotency_in_progress: { status: 409, errorCode: "CONFLICT", message: "相同的请求正在处理" },
  model_unknown: { status: 400, errorCode: "INVALID_REQUEST", message: "模型不存在" },
  provider_unavailable: { status: 503, errorCode: "UNAVAILABLE", message: "服务暂不可用" },
  payment_unavailable: { status: 503, errorCode: "UNAVAILABLE", message: "支付方式暂不可用" },
  amount_mismatch: { status: 400, errorCode: "INVALID_REQUEST", message: "金额不正确" },
  meeting_ended: { status: 400, errorCode: "INVALID_REQUEST", message: "会议已结束" },
  meeting_full: { status: 403, errorCode: "FORBIDDEN", message: "会议人数已满" },
  meeting_password_wrong: { status: 403, errorCode: "FORBIDDEN", message: "会议密码错误" },
  upload_failed: { status: 400, errorCode: "INVALID_REQUEST", message: "文件上传失败" },
  upload_refused: { status: 409, errorCode: "CONFLICT", message: "上传未被接受" },
  ai_unavailable: { status: 503, errorCode: "UNAVAILABLE", message: "AI 服务不可用" },
  ai_failed: { status: 400, errorCode: "INVALID_REQUEST", message: "AI 处理失败" },
  storage_failed: { status: 500, errorCode: "DATABASE_ERROR", message: "数据库操作错误" },
  internal: { status: 500, errorCode: "INTERNAL_ERROR", message: "服务器内部错误" },
};

/** Tells developers of clients what to change. Never repeats the value of the key, because it may be the secret. */
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
    ...(error.code === "invalid_request" ? { errors: error.issues } : {}),
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
