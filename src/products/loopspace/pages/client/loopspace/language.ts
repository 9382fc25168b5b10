import { CLIENT_TEXT } from "../../client-text.ts";

export const language = document.documentElement.lang === "en" ? "en" : "zh-CN";
export const text = CLIENT_TEXT[language];

export const numberOf = (value: number): string => new Intl.NumberFormat(language).format(value);
