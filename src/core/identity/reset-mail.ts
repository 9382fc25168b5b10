import { composeMail, type MailText } from "./mail-messages.ts";

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

/** Builds the mail with the link for setting a new password. */
export const resetMail = (language: "zh-CN" | "en", { username, link, hours }: ResetMailFacts): MailText => {
  const words = WORDS[language];
  return composeMail(words.lang, words.subject, [
    words.greeting(username),
    words.what,
    { button: words.button, link },
    words.validity(hours),
    words.otherwise,
  ]);
};
