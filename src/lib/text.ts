/**
 * Invisible characters that change the text around them: controls, bidi overrides, line separators. The joiners ZWNJ
 * and ZWJ are excluded, because Persian, Sinhala and emoji need them.
 */
const INVISIBLE = /(?![\u200c\u200d])[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u;
const INVISIBLE_RUN = new RegExp(`(?:${INVISIBLE.source})+`, "gu");
/** White space and joiners. A joiner has no effect at the edge of a text, so it is trimmed too. */
const EDGE = /[\s\u200c\u200d]/u;
/** How many input characters are read for each kept one, because some of them may be invisible. */
const MAX_RAW_PER_CHARACTER = 16;

/** Trims by index, because a pattern that ends in `+$` takes quadratic time on long runs in the middle of a text. */
const withoutEdges = (text: string): string => {
  let start = 0;
  let end = text.length;
  while (start < end && EDGE.test(text.charAt(start))) start++;
  while (end > start && EDGE.test(text.charAt(end - 1))) end--;
  return text.slice(start, end);
};

export const hasInvisible = (text: string): boolean => INVISIBLE.test(text);

/** Whether a text has any visible character. */
export const isVisible = (text: string): boolean => withoutEdges(text) !== "";

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
