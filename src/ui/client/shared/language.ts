import type { Language } from "../../i18n.ts";
import { WORDS } from "../../words.ts";

/** The language the server answered in. */
export const language: Language = document.documentElement.lang === "en" ? "en" : "zh-CN";
export const words = WORDS[language];
