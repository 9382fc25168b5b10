/**
 * Characters that are not seen and change the text around them: controls, bidi overrides, line separators. The joiners ZWNJ
 * and ZWJ are spelling (Persian, Sinhala, emoji), so they are not among them.
 */
const INVISIBLE = /(?![\u200c\u200d])[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u;
const INVISIBLE_RUN = new RegExp(`(?:${INVISIBLE.source})+`, "gu");
/** A joiner joins two characters: at the edge of a text it does nothing, like a blank. */
const EDGE = /[\s\u200c\u200d]/u;
/** For each character that is kept, how many of the input are looked at: several may be invisible. */
const RAW_SHARE = 16;

/** By index: a pattern that ends in `+$` would try each run in the middle from every one of its characters. */
const withoutEdges = (text: string): string => {
  let start = 0;
  let end = text.length;
  while (start < end && EDGE.test(text.charAt(start))) start++;
  while (end > start && EDGE.test(text.charAt(end - 1))) end--;
  return text.slice(start, end);
};

export const hasInvisible = (text: string): boolean => INVISIBLE.test(text);

/** Whether anything of a text is seen. */
export const isVisible = (text: string): boolean => withoutEdges(text) !== "";

/** A text as one line of what is seen; `alsoRemoved` are further characters that become blanks. */
export const oneLine = (text: string, alsoRemoved?: RegExp): string =>
  withoutEdges(
    (alsoRemoved ? text.replace(alsoRemoved, " ") : text)
      .toWellFormed()
      .replace(INVISIBLE_RUN, " ")
      .replace(/\s+/gu, " "),
  );

/** The first `limit` characters of a text as one line. What lies far behind them is cut off before the cleaning. */
export const shortLine = (text: string, limit: number, alsoRemoved?: RegExp): string =>
  [...oneLine(text.slice(0, limit * RAW_SHARE), alsoRemoved)].slice(0, limit).join("");
