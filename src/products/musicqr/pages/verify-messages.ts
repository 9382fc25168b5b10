import type { Translated } from "../../../ui/i18n.ts";

interface VerifyText {
  readonly title: string;
  readonly genuine: string;
  readonly genuineSheet: string;
  readonly first: string;
  readonly firstNote: string;
  readonly again: (count: string) => string;
  readonly againNote: string;
  readonly notActivated: string;
  readonly activated: string;
  readonly scans: string;
  readonly failed: string;
  readonly unknown: string;
  readonly unknownNote: string;
  readonly revoked: string;
  readonly revokedNote: string;
  readonly malformed: string;
  readonly malformedNote: string;
  readonly slowDown: string;
  readonly slowDownNote: (seconds: string) => string;
  readonly retry: string;
  readonly about: string;
  readonly enter: string;
  readonly enterNote: string;
  readonly code: string;
  readonly submit: string;
}

/** The messages of the verification page. The Chinese terms are those of the earlier system, which users know. */
export const VERIFY_MESSAGES: Translated<VerifyText> = {
  "zh-CN": {
    title: "乐谱正版验证",
    genuine: "验证成功",
    genuineSheet: "这是一本正版乐谱",
    first: "首次激活",
    firstNote: "此前没有人扫描过这个授权码，它刚刚在您手中激活。",
    again: (count) => `这个授权码已被验证 ${count} 次。`,
    againNote: "如果您刚买到全新的乐谱，而激活时间早于购买时间，请联系卖家。",
    notActivated: "这个授权码尚未激活。",
    activated: "激活时间",
    scans: "验证次数",
    failed: "验证失败",
    unknown: "没有找到这个授权码",
    unknownNote: "请与印刷的授权码核对。如果完全一致，这本乐谱可能不是正版，请联系卖家。",
    revoked: "这个授权码已被撤销",
    revokedNote: "发行方已停用这个授权码，请联系卖家或发行方。",
    malformed: "这不是一个授权码",
    malformedNote: "授权码由 12 位字母和数字组成。",
    slowDown: "请求过于频繁",
    slowDownNote: (seconds) => `请在 ${seconds} 秒后重试。`,
    retry: "重新验证",
    about: "每本正版乐谱都印有一个唯一的授权码。扫描二维码或输入授权码，即刻知道是不是正版。",
    enter: "手动输入验证码",
    enterNote: "12 位字母和数字，印在二维码下方。",
    code: "授权码",
    submit: "验证",
  },
  en: {
    title: "Sheet music verification",
    genuine: "Verified",
    genuineSheet: "This is genuine sheet music",
    first: "First activation",
    firstNote: "This code has not been scanned before. Your scan has just activated it.",
    again: (count) => `This code has been verified ${count === "1" ? "once" : `${count} times`}.`,
    againNote:
      "If you have just bought this copy as new and it was activated long before, please contact the seller.",
    notActivated: "This code has not been activated yet.",
    activated: "Activated",
    scans: "Scans",
    failed: "Not verified",
    unknown: "This code does not exist",
    unknownNote:
      "Compare it with the printed code. If both are the same, this copy may not be genuine. Please contact the seller.",
    revoked: "This code has been revoked",
    revokedNote: "The publisher has withdrawn this code. Please contact the seller or the publisher.",
    malformed: "This is not a valid code",
    malformedNote: "A code has 12 letters and digits.",
    slowDown: "Too many requests",
    slowDownNote: (seconds) => `Please try again in ${seconds} seconds.`,
    retry: "Verify again",
    about:
      "Each genuine copy has its own code. Scan the QR code or enter the code to find out at once whether the copy is genuine.",
    enter: "Enter the code by hand",
    enterNote: "12 letters and digits, printed below the QR code.",
    code: "Code",
    submit: "Verify",
  },
};
