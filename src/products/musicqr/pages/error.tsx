import type { ContentfulStatusCode } from "hono/utils/http-status";
import type { AppContext } from "../../../http/context.ts";
import { sendPage } from "../../../http/html.ts";
import type { DomainError } from "../../../lib/domain-error.ts";
import { AdminLayout, languageAndMessages } from "./admin-layout.tsx";

/** The error page: the reason, and the request id for support. */
export const errorPage = (
  c: AppContext,
  error: DomainError,
  status: ContentfulStatusCode,
  message: string,
) => {
  const { language, text } = languageAndMessages(c);
  c.header("Cache-Control", "no-store");
  const reason = text.errors[error.code] ?? (language === "zh-CN" ? message : undefined);
  const isMissing = error.code === "route_not_found" || error.code === "code_unknown";
  return sendPage(
    c,
    <AdminLayout language={language} title={text.errorTitle} narrow>
      <section class="card">
        <h1>{isMissing ? (text.errors[error.code] ?? text.notFound) : text.errorTitle}</h1>
        {!isMissing && reason && <p>{reason}</p>}
        <p class="muted small">
          {text.askWith} <span class="code">{c.get("requestId")}</span>
        </p>
        <a class="button" href={c.req.path.startsWith("/admin") ? "/admin/dashboard" : "/verify"}>
          {text.home}
        </a>
      </section>
    </AdminLayout>,
    status,
  );
};
