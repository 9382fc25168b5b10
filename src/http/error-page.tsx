import type { ContentfulStatusCode } from "hono/utils/http-status";
import { negotiateLanguage, type Translated } from "../ui/i18n.ts";
import { Layout } from "../ui/layout.tsx";
import { MESSAGES } from "../ui/messages.ts";
import type { AppContext } from "./context.ts";
import { sendPage } from "./html.ts";

interface ErrorPageText {
  readonly brand: string;
  readonly notFound: string;
}

/** Renders an error as a page: what happened, and the request id to quote to support. */
export const errorPageOf =
  (texts: Translated<ErrorPageText>, home: string) => (c: AppContext, status: ContentfulStatusCode) => {
    const language = negotiateLanguage(c.req.header("accept-language"), "zh-CN");
    const { brand, notFound } = texts[language];
    const { somethingWrong, askWith } = MESSAGES[language];
    const title = status === 404 ? notFound : somethingWrong;
    c.header("Cache-Control", "no-store");
    return sendPage(
      c,
      <Layout language={language} title={`${title} · ${brand}`} brand={{ name: brand, href: home }} narrow>
        <section class="card">
          <h1>{title}</h1>
          <p class="muted small">
            {askWith} <span class="code">{c.get("requestId")}</span>
          </p>
        </section>
      </Layout>,
      status,
    );
  };
