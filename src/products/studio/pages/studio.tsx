import { sendPage } from "../../../http/html.ts";
import { newRouter } from "../../../http/validation.ts";
import { negotiateLanguage } from "../../../ui/i18n.ts";
import { Layout } from "../../../ui/layout.tsx";
import { STUDIO_TEXT } from "./text.ts";

/** The studio as a page: a shell, which its client module fills. */
export const studioPage = newRouter();

studioPage.get("/studio", (c) => {
  const language = negotiateLanguage(c.req.header("accept-language"), "zh-CN");
  const text = STUDIO_TEXT[language];
  return sendPage(
    c,
    <Layout
      language={language}
      title={text.title}
      brand={{ name: text.title, href: "/studio" }}
      styles={["studio"]}
      scripts={["studio"]}
      head={<meta name="description" content={text.lead} />}
    >
      <div id="studio">
        <section class="stack">
          <h1>{text.title}</h1>
          <p class="muted">{text.lead}</p>
          <p role="status">{text.loading}</p>
          <noscript>
            <p class="notice notice-warn">{text.needsScript}</p>
          </noscript>
        </section>
      </div>
    </Layout>,
  );
});
