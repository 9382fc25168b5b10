import type { Language } from "../../i18n.ts";
import { WORDS } from "../../words.ts";

/** The language in which the server rendered the page. */
export const language: Language = document.documentElement.lang === "en" ? "en" : "zh-CN";
export const words = WORDS[language];
