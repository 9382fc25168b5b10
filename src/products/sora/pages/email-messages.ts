import type { EmailLinkKind } from "../../../core/identity/index.ts";
import type { Translated } from "../../../ui/i18n.ts";

interface EmailText {
  readonly title: string;
  readonly asks: Readonly<Record<EmailLinkKind, (username: string, email: string) => string>>;
  readonly password: (username: string) => string;
  readonly confirm: Readonly<Record<EmailLinkKind, string>>;
  readonly isNotMine: string;
  readonly notMineTitle: string;
  readonly notMine: (username: string, email: string) => string;
  readonly remove: string;
  readonly problems: { readonly password: string; readonly wait: string };
  readonly outcomes: {
    readonly confirmed: string;
    readonly changed: string;
    readonly removed: string;
    readonly dead: string;
    readonly taken: string;
  };
}

/** The messages of the pages that links about e-mail addresses open. */
export const EMAIL_MESSAGES: Translated<EmailText> = {
  "zh-CN": {
    title: "确认邮箱地址",
    asks: {
      confirm: (username, email) => `请确认 ${email} 是账户“${username}”的邮箱地址。`,
      change: (username, email) => `账户“${username}”将改用 ${email} 作为邮箱地址。`,
    },
    password: (username) => `账户“${username}”的密码`,
    confirm: { confirm: "确认邮箱地址", change: "使用此地址" },
    isNotMine: "这不是我的账户",
    notMineTitle: "这不是我的账户",
    notMine: (username, email) => `将从账户“${username}”中移除 ${email}。该账户不会再使用此地址。`,
    remove: "移除我的地址",
    problems: { password: "密码错误", wait: "尝试次数过多，请稍后再试。" },
    outcomes: {
      confirmed: "邮箱地址已确认。",
      changed: "新的邮箱地址已生效。",
      removed: "您的地址已从该账户中移除。",
      dead: "链接无效或已过期。",
      taken: "该邮箱地址已被另一个账户使用。",
    },
  },
  en: {
    title: "Confirm an e-mail address",
    asks: {
      confirm: (username, email) =>
        `Please confirm that ${email} is the address of the account “${username}”.`,
      change: (username, email) => `The account “${username}” will use ${email} from now on.`,
    },
    password: (username) => `Password of the account “${username}”`,
    confirm: { confirm: "Confirm the address", change: "Use this address" },
    isNotMine: "This is not my account",
    notMineTitle: "This is not my account",
    notMine: (username, email) =>
      `We will remove ${email} from the account “${username}”. The account will not use this address any more.`,
    remove: "Remove my address",
    problems: { password: "The password is wrong.", wait: "Too many attempts. Please try again later." },
    outcomes: {
      confirmed: "The address is confirmed.",
      changed: "The account now uses the new address.",
      removed: "Your address was removed from that account.",
      dead: "This link is not valid or has expired.",
      taken: "Another account uses this address.",
    },
  },
};
