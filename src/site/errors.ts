import { wantsErrorPage } from "../http/client.ts";
import type { ErrorRenderer } from "../http/context.ts";
import { errorPageOf } from "../http/error-page.tsx";
import { statusOf } from "../http/error-table.ts";
import type { DomainError } from "../lib/domain-error.ts";

/** Returns the message of a failure on a path that no product owns. */
const messageOf = (error: DomainError): string => {
  switch (error.code) {
    case "route_not_found":
      return "There is nothing at this path";
    case "method_not_allowed":
      return `This method is not allowed here; allowed: ${error.allow.join(", ")}`;
    case "request_broken":
      return `The request is malformed: ${error.detail}`;
    case "body_too_large":
      return `The body is too large${error.limitBytes > 0 ? `: at most ${error.limitBytes} bytes` : ""}`;
    case "range_unsatisfiable":
      return `The range is outside the file, which has ${error.size} bytes`;
    case "media_gone":
      return "The file does not exist, or its URL has expired";
    case "internal":
      return "Internal error: quote the requestId when you report it";
    default:
      return error.code.replaceAll("_", " ");
  }
};

/** Returns the error body for a path that no product owns. */
export const siteErrorBody = (error: DomainError, requestId: string) => ({
  error: { code: error.code.toUpperCase(), message: messageOf(error), requestId },
});

const errorPage = errorPageOf(
  {
    "zh-CN": { brand: "Ensemble", notFound: "页面不存在" },
    en: { brand: "Ensemble", notFound: "This page does not exist" },
  },
  "/",
);

/** Renders a failure as JSON, or as a page where a browser navigates to an unknown path. */
export const renderSiteError: ErrorRenderer = (c, error) => {
  const status = statusOf(error.code);
  if (wantsErrorPage(c, error, false)) return errorPage(c, status);
  return c.json(siteErrorBody(error, c.get("requestId")), status);
};
