import { CONSOLE_TEXT } from "../../console-text.ts";
import { language } from "./language.ts";

export const words = CONSOLE_TEXT[language];
