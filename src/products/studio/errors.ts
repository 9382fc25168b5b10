import { wantsErrorPage } from "../../http/client.ts";
import type { ErrorRenderer } from "../../http/context.ts";
import { detailOf } from "../../http/error-details.ts";
import { errorPageOf } from "../../http/error-page.tsx";
import { type ErrorOverrides, errorTable } from "../../http/error-table.ts";
import type { DomainError } from "../../lib/domain-error.ts";
import { STUDIO_MESSAGES } from "./pages/messages.ts";

const errorPage = errorPageOf(STUDIO_MESSAGES, "/studio");

/** Where Studio differs from the defaults: the messages of its document. */
const OVERRIDES = {
  body_not_json: { message: "请求体格式错误" },
  body_too_large: { message: "文件或请求体过大" },
  route_not_found: { message: "接口不存在" },
  session_required: { message: "未认证，请先登录" },
  insufficient_credits: { message: "算力不足，请先充值" },
  media_unsupported: { message: "文件格式不支持或已损坏" },
  storage_failed: { message: "服务器错误" },
  internal: { message: "服务器错误" },
} as const satisfies ErrorOverrides<object>;

export type ErrorStatuses = typeof OVERRIDES;

export const WIRE_ERRORS = errorTable("zh-CN", () => ({}), OVERRIDES);

/** Builds the error envelope of the Studio API document. The request id is for support requests. */
export const errorBody = (failure: DomainError, requestId: string, now: number) => {
  const { status, message } = WIRE_ERRORS[failure.code];
  return { code: status, message, error: detailOf(failure) ?? failure.code, timestamp: now, requestId };
};

/** Answers with JSON, or with an error page when a browser navigates to a page of the product. */
export const renderError: ErrorRenderer = (c, failure) => {
  const { status } = WIRE_ERRORS[failure.code];
  if (failure.code === "rate_limited") c.header("Retry-After", String(failure.retryAfterSeconds));
  if (failure.code === "session_required") c.header("WWW-Authenticate", 'Bearer realm="studio"');
  if (wantsErrorPage(c, failure, c.req.path.startsWith("/studio"))) return errorPage(c, status);
  return c.json(errorBody(failure, c.get("requestId"), Date.now()), status);
};
