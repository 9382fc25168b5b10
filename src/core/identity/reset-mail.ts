import { escapeHtml } from "../../lib/escape-html.ts";

/** What a mail says, by the language of who asked for it. */
export interface MailText {
  readonly subject: string;
  readonly text: string;
  readonly html: string;
}

interface ResetMailFacts {
  readonly username: string;
  readonly link: string;
  readonly hours: number;
}

interface Words {
  readonly lang: string;
  readonly subject: string;
  readonly greeting: (username: string) => string;
  readonly what: string;
  readonly button: string;
  readonly validity: (hours: number) => string;
  readonly otherwise: string;
}

const WORDS: Readonly<Record<"zh-CN" | "en", Words>> = {
  "zh-CN": {
    lang: "zh-CN",
    subject: "重置您的密码",
    greeting: (username) => `${username}，您好：`,
    what: "我们收到了重置您账户密码的请求。请打开下面的链接设置新密码：",
    button: "设置新密码",
    validity: (hours) => `链接 ${hours} 小时内有效，只能使用一次。`,
    otherwise: "如果不是您本人操作，请忽略这封邮件，您的密码不会改变。",
  },
  en: {
    lang: "en",
    subject: "Set a new password",
    greeting: (username) => `Hello ${username},`,
    what: "somebody asked to set a new password for your account. To do so, open this link:",
    button: "Set a new password",
    validity: (hours) => `It is good for ${hours} hour${hours === 1 ? "" : "s"} and for one use.`,
    otherwise: "If it was not you, there is nothing to do: your password stays as it is.",
  },
};

/** The mail with a link to set a new password. */
export const resetMail = (language: "zh-CN" | "en", { username, link, hours }: ResetMailFacts): MailText => {
  const words = WORDS[language];
  const paragraphs = [words.greeting(username), words.what, link, words.validity(hours), words.otherwise];
  const [greeting = "", what = "", , validity = "", otherwise = ""] = paragraphs.map(escapeHtml);
  const html = `<!doctype html>
<html lang="${words.lang}">
<head><meta charset="utf-8"><meta name="color-scheme" content="light dark"><title>${escapeHtml(words.subject)}</title></head>
<body style="font:16px/1.6 system-ui,sans-serif;max-width:36em;margin:2em auto;padding:0 1em">
<p>${greeting}</p>
<p>${what}</p>
<p><a href="${escapeHtml(link)}" style="display:inline-block;padding:.7em 1.4em;border-radius:.5em;background:#1d4ed8;color:#fff;text-decoration:none">${escapeHtml(words.button)}</a></p>
<p style="word-break:break-all"><a href="${escapeHtml(link)}">${escapeHtml(link)}</a></p>
<p>${validity}</p>
<p>${otherwise}</p>
</body>
</html>
`;
  return { subject: words.subject, text: `${paragraphs.join("\n\n")}\n`, html };
};
