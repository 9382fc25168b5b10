import { sendPage } from "../../../http/html.ts";
import { newRouter } from "../../../http/validation.ts";
import { ClientShell } from "../../../ui/client-shell.tsx";
import { negotiateLanguage } from "../../../ui/i18n.ts";
import { Layout } from "../../../ui/layout.tsx";
import { STUDIO_MESSAGES } from "./messages.ts";

/** The studio page: a shell that the client module fills. */
export const studioPage = newRouter();

studioPage.get("/studio", (c) => {
  const language = negotiateLanguage(c.req.header("accept-language"), "zh-CN");
  const text = STUDIO_MESSAGES[language];
  return sendPage(
    c,
    <Layout
      language={language}
      title={text.brand}
      brand={{ name: text.brand, href: "/studio" }}
      styles={["studio"]}
      scripts={["studio"]}
      head={<meta name="description" content={text.lead} />}
    >
      <div id="studio">
        <ClientShell language={language} title={text.brand} lead={text.lead} />
      </div>
    </Layout>,
  );
});
