import { language } from "../../../../../ui/client/shared/language.ts";
import { MEETING_MESSAGES } from "../../messages.ts";

export const text = MEETING_MESSAGES[language];
