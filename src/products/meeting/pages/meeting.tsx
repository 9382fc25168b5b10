import type { AppContext } from "../../../http/context.ts";
import { sendPage } from "../../../http/html.ts";
import { newRouter } from "../../../http/validation.ts";
import { ClientShell } from "../../../ui/client-shell.tsx";
import { negotiateLanguage } from "../../../ui/i18n.ts";
import { Layout } from "../../../ui/layout.tsx";
import { limitPublicCalls } from "../limits.ts";
import { MEETING_MESSAGES } from "./messages.ts";

/** The shell that the client module fills. It shows no data of the meeting: not every visitor is invited. */
const shell = (c: AppContext) => {
  const language = negotiateLanguage(c.req.header("accept-language"), "zh-CN");
  const text = MEETING_MESSAGES[language];
  return sendPage(
    c,
    <Layout
      language={language}
      title={text.brand}
      brand={{ name: text.brand, href: "/meeting" }}
      styles={["meeting"]}
      scripts={["meeting"]}
      head={<meta name="robots" content="noindex" />}
    >
      <div id="meeting" data-meeting={c.req.param("id") ?? ""}>
        <ClientShell language={language} title={text.brand} lead={text.lead} />
      </div>
    </Layout>,
  );
};

/** The meeting pages; `join_url` is the address of one. */
export const meetingPages = newRouter();
meetingPages.get("/meeting", limitPublicCalls, shell);
meetingPages.get("/meeting/:id{[0-9]{1,16}}", limitPublicCalls, shell);
