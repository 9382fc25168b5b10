import { escapeHtml } from "../../lib/escape-html.ts";
import type { MailText } from "../identity/index.ts";

/** Why the platform disabled an endpoint: it answered 410, or it failed for too long. */
export type DisabledReason = "gone" | "failing";

interface DisabledMailFacts {
  readonly id: string;
  readonly url: string;
  readonly username: string;
}

interface Messages {
  readonly lang: string;
  readonly subject: string;
  readonly greeting: (username: string) => string;
  readonly what: Readonly<Record<DisabledReason, string>>;
  readonly next: (id: string) => string;
}

const MESSAGES: readonly Messages[] = [
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

/** Builds the mail to an endpoint's owner, in both languages: accounts store no language, and there is no request. */
export const disabledMail = (reason: DisabledReason, { id, url, username }: DisabledMailFacts): MailText => {
  const subject = MESSAGES.map((messages) => messages.subject).join(" / ");
  const paragraphsOf = ({ greeting, what, next }: Messages) => [
    greeting(username),
    what[reason],
    url,
    next(id),
  ];
  const sections = MESSAGES.map((messages) => {
    const paragraphs = paragraphsOf(messages).map(
      (text) => `<p style="overflow-wrap:anywhere">${escapeHtml(text)}</p>`,
    );
    return `<section lang="${messages.lang}">\n${paragraphs.join("\n")}\n</section>`;
  });
  const html = `<!doctype html>
<html>
<head><meta charset="utf-8"><meta name="color-scheme" content="light dark"><title>${escapeHtml(subject)}</title></head>
<body style="font:16px/1.6 system-ui,sans-serif;max-width:36em;margin:2em auto;padding:0 1em">
${sections.join("\n<hr>\n")}
</body>
</html>
`;
  const text = MESSAGES.map((messages) => paragraphsOf(messages).join("\n\n")).join("\n\n---\n\n");
  return { subject, text: `${text}\n`, html };
};
