import { MEETING_TEXT } from "../../text.ts";

export const language = document.documentElement.lang === "en" ? "en" : "zh-CN";
export const text = MEETING_TEXT[language];
