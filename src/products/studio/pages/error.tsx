import type { ContentfulStatusCode } from "hono/utils/http-status";
import type { AppContext } from "../../../http/context.ts";
import { sendPage } from "../../../http/html.ts";
import { negotiateLanguage } from "../../../ui/i18n.ts";
import { Layout } from "../../../ui/layout.tsx";
import { STUDIO_TEXT } from "./text.ts";

/** An error somebody who navigates sees: what happened, and the id to ask about it with. */
export const errorPage = (c: AppContext, status: ContentfulStatusCode, message: string) => {
  const language = negotiateLanguage(c.req.header("accept-language"), "zh-CN");
  const text = STUDIO_TEXT[language];
  c.header("Cache-Control", "no-store");
  const title = status === 404 ? text.notFound : text.somethingWrong;
  return sendPage(
    c,
    <Layout
      language={language}
      title={`${title} · Studio`}
      brand={{ name: "Studio", href: "/studio" }}
      narrow
    >
      <section class="card">
        <h1>{title}</h1>
        {status !== 404 && language === "zh-CN" && <p>{message}</p>}
        <p class="muted small">
          {text.askWith} <span class="code">{c.get("requestId")}</span>
        </p>
      </section>
    </Layout>,
    status,
  );
};
