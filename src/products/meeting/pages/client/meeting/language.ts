import { language } from "../../../../../ui/client/shared/language.ts";
import { MEETING_TEXT } from "../../text.ts";

export const text = MEETING_TEXT[language];
