import type { ContentfulStatusCode } from "hono/utils/http-status";
import type { AppContext } from "../../../http/context.ts";
import { sendPage } from "../../../http/html.ts";
import type { DomainError } from "../../../lib/domain-error.ts";
import { languageAndMessages, SoraLayout } from "./layout.tsx";

/** The error page: the reason, and the request id for support. */
export const errorPage = (
  c: AppContext,
  failure: DomainError,
  status: ContentfulStatusCode,
  message: string,
) => {
  const { language, text } = languageAndMessages(c);
  c.header("Cache-Control", "no-store");
  const shareGone = failure.code === "not_found" && failure.what === "share";
  const title = shareGone ? text.shareGone : status === 404 ? text.notFound : text.errorTitle;
  return sendPage(
    c,
    <SoraLayout language={language} title={title} narrow>
      <section class="card">
        <h1>{title}</h1>
        {status !== 404 && language === "zh-CN" && <p>{message}</p>}
        <p class="muted small">
          {text.askWith} <span class="code">{c.get("requestId")}</span>
        </p>
      </section>
    </SoraLayout>,
    status,
  );
};
