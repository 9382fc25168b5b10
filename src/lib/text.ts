import { INVISIBLE, withoutEdges } from "./visible-text.ts";

const INVISIBLE_RUN = new RegExp(`(?:${INVISIBLE.source})+`, "gu");
/** How many input characters are read for each kept one, because some of them may be invisible. */
const MAX_RAW_PER_CHARACTER = 16;

/** Returns a text as one line without invisible characters. `alsoRemoved` matches further characters to blank out. */
export const oneLine = (text: string, alsoRemoved?: RegExp): string =>
  withoutEdges(
    (alsoRemoved ? text.replace(alsoRemoved, " ") : text)
      .toWellFormed()
      .replace(INVISIBLE_RUN, " ")
      .replace(/\s+/gu, " "),
  );

/** Returns the first `limit` characters of a text as one line. Cuts long input first, to bound the work. */
export const shortLine = (text: string, limit: number, alsoRemoved?: RegExp): string =>
  [...oneLine(text.slice(0, limit * MAX_RAW_PER_CHARACTER), alsoRemoved)].slice(0, limit).join("");
