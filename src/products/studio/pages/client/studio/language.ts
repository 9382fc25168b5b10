import { language } from "../../../../../ui/client/shared/language.ts";
import { STUDIO_MESSAGES } from "../../messages.ts";

export const text = STUDIO_MESSAGES[language];

export const dayOf = (iso: string): string =>
  new Intl.DateTimeFormat(language, { dateStyle: "medium" }).format(new Date(iso));
