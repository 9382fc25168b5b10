import { language } from "../../../../../ui/client/shared/language.ts";
import { STUDIO_TEXT } from "../../text.ts";

export const text = STUDIO_TEXT[language];

export const dayOf = (iso: string): string =>
  new Intl.DateTimeFormat(language, { dateStyle: "medium" }).format(new Date(iso));
