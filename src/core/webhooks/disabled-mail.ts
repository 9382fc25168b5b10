import { escapeHtml } from "../../lib/escape-html.ts";
import type { MailText } from "../identity/index.ts";

/** Why the platform switched an endpoint off. */
export type DisabledReason = "gone" | "failing";

interface DisabledMailFacts {
  readonly id: string;
  readonly url: string;
  readonly username: string;
}

interface Words {
  readonly lang: string;
  readonly subject: string;
  readonly greeting: (username: string) => string;
  readonly what: Readonly<Record<DisabledReason, string>>;
  readonly next: (id: string) => string;
}

const WORDS: readonly Words[] = [
  {
    lang: "zh-CN",
    subject: "Webhook 已停用",
    greeting: (username) => `${username}，您好：`,
    what: {
      failing: "下面的 Webhook 地址已连续 5 天无法送达，我们已将其停用：",
      gone: "下面的 Webhook 地址返回 410（已不存在），我们已将其停用：",
    },
    next: (id) =>
      `修复后请在开发者控制台或通过 API 重新启用 ${id}，再使用 recover 补发失败的事件。停用期间发生的事件不会保留。`,
  },
  {
    lang: "en",
    subject: "Webhook switched off",
    greeting: (username) => `Hello ${username},`,
    what: {
      failing: "nothing could be delivered to this webhook for 5 days, so it was switched off:",
      gone: "this webhook answered 410 (gone), so it was switched off:",
    },
    next: (id) =>
      `Once it works, switch ${id} on again in the developer console or through the API, and let "recover" send what failed. Events that happen while it is off are not kept.`,
  },
];

/** The mail to an endpoint's owner. An account has no language and no request is at hand: it says it in both. */
export const disabledMail = (reason: DisabledReason, { id, url, username }: DisabledMailFacts): MailText => {
  const subject = WORDS.map((words) => words.subject).join(" / ");
  const paragraphsOf = ({ greeting, what, next }: Words) => [greeting(username), what[reason], url, next(id)];
  const sections = WORDS.map((words) => {
    const paragraphs = paragraphsOf(words).map(
      (text) => `<p style="overflow-wrap:anywhere">${escapeHtml(text)}</p>`,
    );
    return `<section lang="${words.lang}">\n${paragraphs.join("\n")}\n</section>`;
  });
  const html = `<!doctype html>
<html>
<head><meta charset="utf-8"><meta name="color-scheme" content="light dark"><title>${escapeHtml(subject)}</title></head>
<body style="font:16px/1.6 system-ui,sans-serif;max-width:36em;margin:2em auto;padding:0 1em">
${sections.join("\n<hr>\n")}
</body>
</html>
`;
  const text = WORDS.map((words) => paragraphsOf(words).join("\n\n")).join("\n\n---\n\n");
  return { subject, text: `${text}\n`, html };
};
