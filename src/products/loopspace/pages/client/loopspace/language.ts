import { language } from "../../../../../ui/client/shared/language.ts";
import { CLIENT_TEXT } from "../../client-text.ts";

export const text = CLIENT_TEXT[language];

export const numberOf = (value: number): string => new Intl.NumberFormat(language).format(value);
