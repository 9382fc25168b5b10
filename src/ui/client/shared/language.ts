import type { Language } from "../../i18n.ts";
import { MESSAGES } from "../../messages.ts";

/** The language in which the server rendered the page. */
export const language: Language = document.documentElement.lang === "en" ? "en" : "zh-CN";
export const words = MESSAGES[language];
