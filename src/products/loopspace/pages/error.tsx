import type { ContentfulStatusCode } from "hono/utils/http-status";
import type { AppContext } from "../../../http/context.ts";
import { sendPage } from "../../../http/html.ts";
import { negotiateLanguage } from "../../../ui/i18n.ts";
import { Layout } from "../../../ui/layout.tsx";
import { LOOPSPACE_TEXT } from "./text.ts";

/** An error somebody who navigates sees, with the id to ask about it. */
export const errorPage = (c: AppContext, status: ContentfulStatusCode) => {
  const language = negotiateLanguage(c.req.header("accept-language"), "zh-CN");
  const text = LOOPSPACE_TEXT[language];
  c.header("Cache-Control", "no-store");
  const title = status === 404 ? text.notFound : text.somethingWrong;
  return sendPage(
    c,
    <Layout language={language} title={title} brand={{ name: text.brand, href: "/loopspace" }} narrow>
      <section class="card">
        <h1>{title}</h1>
        <p class="muted small">
          {text.askWith} <span class="code">{c.get("requestId")}</span>
        </p>
      </section>
    </Layout>,
    status,
  );
};
