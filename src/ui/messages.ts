import type { Translated } from "./i18n.ts";

/** Messages that the pages of all products share: loading, errors and sign-in. */
interface Words {
  readonly loading: string;
  readonly needsScript: string;
  readonly somethingWrong: string;
  readonly offline: string;
  /** Followed by the request id. */
  readonly askWith: string;

  readonly signIn: string;
  readonly register: string;
  readonly haveAccount: string;
  readonly noAccount: string;
  readonly emailOrName: string;
  readonly email: string;
  readonly username: string;
  readonly fullName: string;
  readonly password: string;
}

export const MESSAGES: Translated<Words> = {
  "zh-CN": {
    loading: "正在加载…",
    needsScript: "此页面需要启用 JavaScript。",
    somethingWrong: "出错了",
    offline: "连接失败，请检查网络后重试",
    askWith: "如需帮助，请提供编号",
    signIn: "登录",
    register: "注册",
    haveAccount: "已有账号？登录",
    noAccount: "还没有账号？注册",
    emailOrName: "邮箱或用户名",
    email: "邮箱",
    username: "用户名",
    fullName: "姓名",
    password: "密码",
  },
  en: {
    loading: "Loading…",
    needsScript: "This page needs JavaScript.",
    somethingWrong: "Something went wrong",
    offline: "Connection failed. Check your network and try again.",
    askWith: "If you need help, quote this id:",
    signIn: "Sign in",
    register: "Register",
    haveAccount: "Have an account? Sign in",
    noAccount: "No account yet? Register",
    emailOrName: "E-mail or username",
    email: "E-mail",
    username: "Username",
    fullName: "Full name",
    password: "Password",
  },
};
