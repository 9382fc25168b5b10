import type { Translated } from "../../../ui/i18n.ts";

export interface MeetingText {
  readonly brand: string;
  readonly notFound: string;
  readonly somethingWrong: string;
  readonly askWith: string;
}

export const MEETING_TEXT: Translated<MeetingText> = {
  "zh-CN": {
    brand: "会议",
    notFound: "会议不存在",
    somethingWrong: "出错了",
    askWith: "如需帮助，请提供编号",
  },
  en: {
    brand: "Meeting",
    notFound: "There is no such meeting",
    somethingWrong: "Something went wrong",
    askWith: "To ask about it, give this number:",
  },
};
