import type { ContentfulStatusCode } from "hono/utils/http-status";
import { wantsErrorPage } from "../../http/client.ts";
import type { ErrorRenderer } from "../../http/context.ts";
import type { DomainError, DomainErrorCode } from "../../lib/domain-error.ts";
import { errorPage } from "./pages/error.tsx";

interface WireError {
  readonly status: ContentfulStatusCode;
  readonly error: string;
  readonly message: string;
}

const BAD_REQUEST = { status: 400, error: "Bad Request" } as const;
const UNAUTHORIZED = { status: 401, error: "Unauthorized" } as const;
const NOT_FOUND = { status: 404, error: "Not Found" } as const;
const CONFLICT = { status: 409, error: "Conflict" } as const;
const UNAVAILABLE = { status: 503, error: "Service Unavailable" } as const;

/** The status, error and message of each domain error, as the Sora API document defines them. */
export const WIRE_ERRORS: Record<DomainErrorCode, WireError> = {
  invalid_request: { status: 400, error: "Validation Error", message: "请求参数不正确" },
  body_not_json: { ...BAD_REQUEST, message: "请求体不是有效的 JSON" },
  body_too_large: { status: 413, error: "Payload Too Large", message: "请求体过大" },
  route_not_found: { ...NOT_FOUND, message: "资源未找到" },
  request_broken: { ...BAD_REQUEST, message: "请求不完整或无法解析" },
  method_not_allowed: { status: 405, error: "Method Not Allowed", message: "不支持该请求方法" },
  content_type_unsupported: {
    status: 415,
    error: "Unsupported Media Type",
    message: "不支持该 Content-Type",
  },
  range_unsatisfiable: { status: 416, error: "Range Not Satisfiable", message: "请求的范围超出文件大小" },
  rate_limited: { status: 429, error: "Too Many Requests", message: "请求过于频繁，请稍后再试" },
  api_key_invalid: { ...UNAUTHORIZED, message: "API 密钥无效" },
  credentials_invalid: { ...UNAUTHORIZED, message: "邮箱或密码错误" },
  session_required: { ...UNAUTHORIZED, message: "未授权，请先登录" },
  scope_missing: { status: 403, error: "Forbidden", message: "无权限" },
  oauth_refused: { status: 400, error: "Bad Request", message: "应用请求不正确" },
  origin_forbidden: { status: 403, error: "Forbidden", message: "禁止跨站请求" },
  code_malformed: { ...BAD_REQUEST, message: "请求参数不正确" },
  code_unknown: { ...NOT_FOUND, message: "资源未找到" },
  code_exists: { ...CONFLICT, message: "资源已存在" },
  username_taken: { ...CONFLICT, message: "用户名已被使用" },
  email_taken: { ...CONFLICT, message: "邮箱已被注册" },
  password_wrong: { ...BAD_REQUEST, message: "当前密码错误" },
  current_password_wrong: { status: 403, error: "Forbidden", message: "当前密码错误" },
  token_invalid: { ...BAD_REQUEST, message: "链接无效或已过期" },
  forbidden: { status: 403, error: "Forbidden", message: "权限不足" },
  not_found: { ...NOT_FOUND, message: "资源未找到" },
  insufficient_credits: { status: 402, error: "Insufficient Credits", message: "积分不足，请先充值" },
  state_conflict: { ...CONFLICT, message: "当前状态不允许此操作" },
  media_unsupported: { ...BAD_REQUEST, message: "文件格式不支持" },
  media_gone: { ...NOT_FOUND, message: "文件不存在" },
  idempotency_key_reused: {
    status: 422,
    error: "Idempotency Error",
    message: "该 Idempotency-Key 已用于另一个请求",
  },
  idempotency_in_progress: { ...CONFLICT, message: "相同 Idempotency-Key 的请求正在处理" },
  model_unknown: { status: 400, error: "Validation Error", message: "模型不存在" },
  provider_unavailable: { ...UNAVAILABLE, message: "没有可用的视频生成服务" },
  payment_unavailable: { ...UNAVAILABLE, message: "该支付方式暂不可用" },
  amount_mismatch: { status: 400, error: "Validation Error", message: "金额与价格不符" },
  meeting_ended: { ...BAD_REQUEST, message: "会议已结束" },
  meeting_full: { status: 403, error: "Forbidden", message: "会议人数已满" },
  meeting_password_wrong: { status: 403, error: "Forbidden", message: "会议密码错误" },
  upload_failed: { ...BAD_REQUEST, message: "文件上传失败" },
  upload_refused: { ...CONFLICT, message: "上传未被接受" },
  ai_unavailable: { ...UNAVAILABLE, message: "AI 服务不可用" },
  ai_failed: { ...BAD_REQUEST, message: "AI 处理失败" },
  storage_failed: { status: 500, error: "Internal Server Error", message: "服务器内部错误" },
  internal: { status: 500, error: "Internal Server Error", message: "服务器内部错误" },
};

/** Builds the error body of the API document, with the request id. An invalid request also has a list of `errors`. */
export const errorBody = (failure: DomainError, requestId: string) => {
  const { status, error, message } = WIRE_ERRORS[failure.code];
  return {
    error,
    message,
    statusCode: status,
    requestId,
    ...(failure.code === "invalid_request" ? { errors: failure.issues } : {}),
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
