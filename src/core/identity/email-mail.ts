import { composeMail, type MailText } from "./mail-messages.ts";

type MailLanguage = "zh-CN" | "en";

interface LinkFacts {
  readonly username: string;
  /** The URL of the page that confirms the address. */
  readonly link: string;
  /** The URL of the page for a recipient that did not request the mail. */
  readonly notMine: string;
  readonly hours: number;
}

interface Messages {
  readonly greeting: (username: string) => string;
  readonly confirm: { readonly subject: string; readonly what: string; readonly button: string };
  readonly change: { readonly subject: string; readonly what: string; readonly button: string };
  readonly validity: (hours: number) => string;
  readonly notMine: string;
  readonly requested: { readonly subject: string; readonly what: string };
  readonly changed: { readonly subject: string; readonly what: string };
  readonly reset: string;
}

const MESSAGES: Readonly<Record<MailLanguage, Messages>> = {
  "zh-CN": {
    greeting: (username) => `${username}，您好：`,
    confirm: {
      subject: "确认您的邮箱地址",
      what: "您的账户已使用此邮箱地址注册。请确认这是您的地址：",
      button: "确认邮箱地址",
    },
    change: {
      subject: "确认新的邮箱地址",
      what: "您的账户请求改用此邮箱地址。确认之后新地址才会生效：",
      button: "使用此地址",
    },
    validity: (hours) => `链接 ${hours} 小时内有效，只能使用一次。`,
    notMine: "如果不是您本人操作，请打开下面的链接，我们会从该账户中移除您的地址：",
    requested: {
      subject: "有人请求更改您账户的邮箱地址",
      what: "您的账户请求改用另一个邮箱地址。新地址确认之前，此地址仍然有效。",
    },
    changed: {
      subject: "您账户的邮箱地址已更改",
      what: "您的账户已改用另一个邮箱地址，此地址不再属于该账户。",
    },
    reset: "如果不是您本人操作，请立即用此地址重置密码；若已无法重置，请联系我们。",
  },
  en: {
    greeting: (username) => `Hello ${username},`,
    confirm: {
      subject: "Confirm your e-mail address",
      what: "your account was registered with this e-mail address. Please confirm that it is yours:",
      button: "Confirm the address",
    },
    change: {
      subject: "Confirm your new e-mail address",
      what: "your account asked to use this e-mail address from now on. It takes effect once you confirm it:",
      button: "Use this address",
    },
    validity: (hours) => `The link is valid for ${hours} hours and can be used once.`,
    notMine: "If it was not you, open this link and we remove your address from that account:",
    requested: {
      subject: "A change of your account's e-mail address was requested",
      what: "your account asked to use another e-mail address. Until that one is confirmed, this address stays in use.",
    },
    changed: {
      subject: "Your account's e-mail address has changed",
      what: "your account now uses another e-mail address. This address no longer belongs to it.",
    },
    reset:
      "If it was not you, reset your password with this address at once. If that is no longer possible, contact us.",
  },
};

/** Builds the mail that asks the recipient to confirm the current address of an account or its new one. */
export const emailLinkMail = (
  language: MailLanguage,
  kind: "confirm" | "change",
  { username, link, notMine, hours }: LinkFacts,
): MailText => {
  const messages = MESSAGES[language];
  const { subject, what, button } = messages[kind];
  return composeMail(language, subject, [
    messages.greeting(username),
    what,
    { button, link },
    messages.validity(hours),
    { say: messages.notMine, link: notMine },
  ]);
};

/** Builds the notice to the old address that a change was requested or made. It does not contain the new address. */
export const emailNoticeMail = (
  language: MailLanguage,
  state: "requested" | "changed",
  username: string,
): MailText => {
  const messages = MESSAGES[language];
  const { subject, what } = messages[state];
  return composeMail(language, subject, [messages.greeting(username), what, messages.reset]);
};
