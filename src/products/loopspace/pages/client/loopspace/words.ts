import { language } from "../../../../../ui/client/shared/language.ts";
import { CONSOLE_MESSAGES } from "../../console-messages.ts";

export const words = CONSOLE_MESSAGES[language];
