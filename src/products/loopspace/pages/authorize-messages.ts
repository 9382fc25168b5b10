import type { Scope } from "../../../core/access/index.ts";
import type { Translated } from "../../../ui/i18n.ts";

/**
 * What is wrong with an authorization request that is refused on our own page: its client, its address, or the rest.
 */
export type AuthorizationErrorReason = "client" | "redirect" | "request";

interface AuthorizeText {
  readonly signInTitle: string;
  readonly signInFor: (app: string) => string;
  readonly identifier: string;
  readonly password: string;
  readonly signIn: string;
  readonly wrongPassword: string;
  readonly incomplete: string;
  readonly waitMinutes: (minutes: string) => string;
  readonly consentTitle: (app: string) => string;
  readonly by: (owner: string) => string;
  readonly willBeAble: string;
  readonly scopes: Readonly<Record<Scope, string>>;
  readonly signedInAs: string;
  readonly useAnother: string;
  readonly leadsTo: (host: string) => string;
  readonly revocable: string;
  readonly expiredForm: string;
  readonly allow: string;
  readonly deny: string;
  readonly stopTitle: string;
  readonly stop: Readonly<Record<AuthorizationErrorReason, string>>;
  readonly stopAdvice: string;
}

/** The messages of the pages on which a user authorizes an application. */
export const AUTHORIZE_MESSAGES: Translated<AuthorizeText> = {
  "zh-CN": {
    signInTitle: "登录",
    signInFor: (app) => `登录后继续前往“${app}”`,
    identifier: "用户名或邮箱",
    password: "密码",
    signIn: "登录",
    wrongPassword: "用户名或密码不正确。",
    incomplete: "请填写用户名和密码。",
    waitMinutes: (minutes) => `尝试次数过多，请 ${minutes} 分钟后再试。`,
    consentTitle: (app) => `允许“${app}”访问您的账户吗？`,
    by: (owner) => `开发者：${owner}`,
    willBeAble: "它将可以：",
    scopes: {
      "audio:read": "收听和查找音频，包括您的私密作品",
      "audio:write": "以您的名义上传、修改和删除音频",
      "users:read": "查看用户资料",
      "users:write": "以您的名义关注他人，修改您的头像",
      webhooks: "在您发布音频、被关注或售出音频时收到通知",
      purchases: "使用您账户中的积分购买音频",
    },
    signedInAs: "当前账户：",
    useAnother: "换一个账户",
    leadsTo: (host) => `允许或拒绝后，您将前往 ${host}`,
    revocable: "您可以随时在开发者控制台撤销授权。",
    expiredForm: "页面已过期，请重新确认。",
    allow: "允许",
    deny: "拒绝",
    stopTitle: "无法继续",
    stop: {
      client: "该链接来自未知的应用。",
      redirect: "该链接要返回的地址不是此应用登记的地址。",
      request: "该应用发来的授权请求有误。",
    },
    stopAdvice: "为了您的安全，我们没有继续。请联系您来自的应用。",
  },
  en: {
    signInTitle: "Sign in",
    signInFor: (app) => `to continue to ${app}`,
    identifier: "User name or e-mail",
    password: "Password",
    signIn: "Sign in",
    wrongPassword: "Wrong name or password.",
    incomplete: "Fill in name and password.",
    waitMinutes: (minutes) => `Too many tries. Try again in ${minutes} min.`,
    consentTitle: (app) => `Let ${app} use your account?`,
    by: (owner) => `Made by ${owner}`,
    willBeAble: "It will be able to:",
    scopes: {
      "audio:read": "hear and find audio, also what you keep private",
      "audio:write": "upload, change and delete audio in your name",
      "users:read": "see people's profiles",
      "users:write": "follow people in your name and change your picture",
      webhooks: "be told when you publish audio, are followed or sell audio",
      purchases: "spend the credits of your account on audio",
    },
    signedInAs: "Signed in as",
    useAnother: "Use another account",
    leadsTo: (host) => `After you allow or deny, you are sent to ${host}`,
    revocable: "You can revoke this access at any time in the developer console.",
    expiredForm: "The page has expired. Please confirm again.",
    allow: "Allow",
    deny: "Deny",
    stopTitle: "Cannot continue",
    stop: {
      client: "The link is from an unknown application.",
      redirect: "The link returns to an address that this application has not registered.",
      request: "The authorization request of the application has an error.",
    },
    stopAdvice: "We stopped for your safety. Please contact the application that sent you here.",
  },
};
