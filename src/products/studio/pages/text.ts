import type { Translated } from "../../../ui/i18n.ts";

interface StudioText {
  readonly notFound: string;
  readonly somethingWrong: string;
  readonly askWith: string;
}

export const STUDIO_TEXT: Translated<StudioText> = {
  "zh-CN": {
    notFound: "页面不存在",
    somethingWrong: "出错了",
    askWith: "如需帮助，请提供编号",
  },
  en: {
    notFound: "There is no such page",
    somethingWrong: "Something went wrong",
    askWith: "To ask about it, give this number:",
  },
};
