import type { Translated } from "../../../ui/i18n.ts";

interface SoraText {
  readonly brand: string;
  readonly resetTitle: string;
  readonly newPassword: string;
  readonly setPassword: string;
  readonly passwordRule: string;
  readonly resetDone: string;
  /** What a reset does not end. */
  readonly resetLeft: string;
  readonly linkDead: string;
  readonly errorTitle: string;
  readonly notFound: string;
  readonly shareGone: string;
  readonly askWith: string;
  readonly sharedVideo: string;
  readonly downloadVideo: string;
  readonly madeWith: string;
}

export const SORA_TEXT: Translated<SoraText> = {
  "zh-CN": {
    brand: "Sora2",
    resetTitle: "设置新密码",
    newPassword: "新密码",
    setPassword: "保存新密码",
    passwordRule: "8 到 128 个字符",
    resetDone: "密码已重置，请使用新密码登录。",
    resetLeft: "您账户的 Webhook 和应用不会被删除。如果您使用过它们，请登录 Loopspace 开发者控制台逐一检查。",
    linkDead: "链接无效或已过期，请重新申请。",
    errorTitle: "出错了",
    notFound: "页面不存在",
    shareGone: "该分享不存在，或已被取消。",
    askWith: "如需帮助，请提供编号",
    sharedVideo: "分享的视频",
    downloadVideo: "下载视频",
    madeWith: "由 AI 生成",
  },
  en: {
    brand: "Sora2",
    resetTitle: "Set a new password",
    newPassword: "New password",
    setPassword: "Save the new password",
    passwordRule: "8 to 128 characters",
    resetDone: "Your password is set. Sign in with the new one.",
    resetLeft:
      "Webhooks and applications of your account were not deleted. If you use them, look through them in the developer console of Loopspace.",
    linkDead: "This link is not valid, or not any more. Ask for a new one.",
    errorTitle: "Something went wrong",
    notFound: "There is no such page",
    shareGone: "Nothing is shared here, or not any more.",
    askWith: "To ask about it, give this number:",
    sharedVideo: "A shared video",
    downloadVideo: "Download",
    madeWith: "Made by AI",
  },
};
