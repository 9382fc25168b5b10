import { language } from "../../../../../ui/client/shared/language.ts";
import { CLIENT_MESSAGES } from "../../client-messages.ts";

export const text = CLIENT_MESSAGES[language];

export const numberOf = (value: number): string => new Intl.NumberFormat(language).format(value);
