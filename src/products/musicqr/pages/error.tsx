import type { ContentfulStatusCode } from "hono/utils/http-status";
import type { AppContext } from "../../../http/context.ts";
import { sendPage } from "../../../http/html.ts";
import type { DomainError } from "../../../lib/domain-error.ts";
import { AdminLayout, speaking } from "./admin-layout.tsx";

/** An error somebody who navigates sees: what happened, and the id to ask about it with. */
export const errorPage = (
  c: AppContext,
  error: DomainError,
  status: ContentfulStatusCode,
  message: string,
) => {
  const { language, text } = speaking(c);
  c.header("Cache-Control", "no-store");
  const missing = error.code === "route_not_found" || error.code === "code_unknown";
  return sendPage(
    c,
    <AdminLayout language={language} title={text.errorTitle} narrow>
      <section class="card">
        <h1>{missing ? text.notFound : text.errorTitle}</h1>
        {language === "zh-CN" && !missing && <p>{message}</p>}
        <p class="muted small code">{c.get("requestId")}</p>
        <a class="button" href={c.req.path.startsWith("/admin") ? "/admin/dashboard" : "/verify"}>
          {text.home}
        </a>
      </section>
    </AdminLayout>,
    status,
  );
};
