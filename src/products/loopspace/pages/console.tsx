import { sendPage } from "../../../http/html.ts";
import { newRouter } from "../../../http/validation.ts";
import { ClientShell } from "../../../ui/client-shell.tsx";
import { CONSOLE, LoopspacePage, messagesOf } from "./parts.tsx";

/** The developer console: an empty shell. Its client module fills it through the public API. */
export const consolePage = newRouter();

consolePage.get(CONSOLE, (c) => {
  const { language, text } = messagesOf(c);
  return sendPage(
    c,
    <LoopspacePage
      language={language}
      title={text.console}
      at={CONSOLE}
      scripts={["loopspace-console"]}
      head={<meta name="robots" content="noindex" />}
    >
      <div id="loopspace-console">
        <ClientShell language={language} title={text.console} />
      </div>
    </LoopspacePage>,
  );
});
