import { language } from "../../../../../ui/client/shared/language.ts";
import { CONSOLE_TEXT } from "../../console-text.ts";

export const words = CONSOLE_TEXT[language];
