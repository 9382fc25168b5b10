import type { ContentfulStatusCode } from "hono/utils/http-status";
import { wantsErrorPage } from "../../http/client.ts";
import type { ErrorRenderer } from "../../http/context.ts";
import { errorPageOf } from "../../http/error-page.tsx";
import type { DomainError, DomainErrorCode } from "../../lib/domain-error.ts";
import { STUDIO_TEXT } from "./pages/text.ts";

const errorPage = errorPageOf(STUDIO_TEXT, "/studio");

interface WireError {
  readonly status: ContentfulStatusCode;
  readonly message: string;
}

/** The status and message of each domain error, as the Studio API document defines them. */
export const WIRE_ERRORS: Record<DomainErrorCode, WireError> = {
  invalid_request: { status: 400, message: "请求参数错误" },
  body_not_json: { status: 400, message: "请求体格式错误" },
  body_too_large: { status: 413, message: "文件或请求体过大" },
  route_not_found: { status: 404, message: "接口不存在" },
  request_broken: { status: 400, message: "请求不完整或无法解析" },
  method_not_allowed: { status: 405, message: "不支持该请求方法" },
  content_type_unsupported: { status: 415, message: "不支持该 Content-Type" },
  range_unsatisfiable: { status: 416, message: "请求的范围超出文件大小" },
  rate_limited: { status: 429, message: "请求过于频繁，请稍后再试" },
  api_key_invalid: { status: 401, message: "未认证" },
  credentials_invalid: { status: 401, message: "邮箱或密码错误" },
  session_required: { status: 401, message: "未认证，请先登录" },
  scope_missing: { status: 403, message: "无权限" },
  oauth_refused: { status: 400, message: "应用请求不正确" },
  origin_forbidden: { status: 403, message: "禁止跨站请求" },
  code_malformed: { status: 400, message: "请求参数错误" },
  code_unknown: { status: 404, message: "资源不存在" },
  code_exists: { status: 409, message: "资源已存在" },
  username_taken: { status: 409, message: "用户名已被使用" },
  email_taken: { status: 409, message: "邮箱已被注册" },
  password_wrong: { status: 400, message: "当前密码错误" },
  current_password_wrong: { status: 403, message: "当前密码错误" },
  token_invalid: { status: 400, message: "链接无效或已过期" },
  forbidden: { status: 403, message: "无权限" },
  not_found: { status: 404, message: "资源不存在" },
  insufficient_credits: { status: 402, message: "算力不足，请先充值" },
  state_conflict: { status: 409, message: "当前状态不允许此操作" },
  media_unsupported: { status: 400, message: "文件格式不支持或已损坏" },
  media_gone: { status: 404, message: "文件不存在" },
  idempotency_key_reused: { status: 422, message: "该 Idempotency-Key 已用于另一个请求" },
  idempotency_in_progress: { status: 409, message: "相同 Idempotency-Key 的请求正在处理" },
  model_unknown: { status: 400, message: "模型不存在" },
  provider_unavailable: { status: 503, message: "没有可用的服务商" },
  payment_unavailable: { status: 503, message: "该支付方式暂不可用" },
  amount_mismatch: { status: 400, message: "金额与价格不符" },
  meeting_ended: { status: 400, message: "会议已结束" },
  meeting_full: { status: 403, message: "会议人数已满" },
  meeting_password_wrong: { status: 403, message: "会议密码错误" },
  upload_failed: { status: 400, message: "文件上传失败" },
  upload_refused: { status: 409, message: "上传未被接受" },
  ai_unavailable: { status: 503, message: "AI 服务不可用" },
  ai_failed: { status: 400, message: "AI 处理失败" },
  storage_failed: { status: 500, message: "服务器错误" },
  internal: { status: 500, message: "服务器错误" },
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
    case "insufficient_credits":
      return `${failure.needed} credits are needed`;
    case "state_conflict":
      return `${failure.what} is ${failure.state.toLowerCase()}`;
    case "model_unknown":
      return `there is no model named ${failure.model}`;
    case "not_found":
      return `${failure.what} not found`;
    default:
      return failure.code;
  }
};

/** Builds the error envelope of the Studio API document. The request id is for support requests. */
export const errorBody = (failure: DomainError, requestId: string, now: number) => {
  const { status, message } = WIRE_ERRORS[failure.code];
  return { code: status, message, error: detailOf(failure), timestamp: now, requestId };
};

/** Answers with JSON, or with an error page when a browser navigates to a page of the product. */
export const renderError: ErrorRenderer = (c, failure) => {
  const { status } = WIRE_ERRORS[failure.code];
  if (failure.code === "rate_limited") c.header("Retry-After", String(failure.retryAfterSeconds));
  if (failure.code === "session_required") c.header("WWW-Authenticate", 'Bearer realm="studio"');
  if (wantsErrorPage(c, failure, c.req.path.startsWith("/studio"))) return errorPage(c, status);
  return c.json(errorBody(failure, c.get("requestId"), Date.now()), status);
};
