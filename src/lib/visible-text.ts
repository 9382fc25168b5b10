/**
 * Invisible characters that change the text around them: controls, bidi overrides, line separators. The joiners ZWNJ
 * and ZWJ are excluded, because Persian, Sinhala and emoji need them.
 */
export const INVISIBLE = /(?![\u200c\u200d])[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u;

/** White space and joiners. A joiner has no effect at the edge of a text, so it is trimmed too. */
const EDGE = /[\s\u200c\u200d]/u;

/** Trims by index, because a pattern that ends in `+$` takes quadratic time on long runs in the middle of a text. */
export const withoutEdges = (text: string): string => {
  let start = 0;
  let end = text.length;
  while (start < end && EDGE.test(text.charAt(start))) start++;
  while (end > start && EDGE.test(text.charAt(end - 1))) end--;
  return text.slice(start, end);
};

export const hasInvisible = (text: string): boolean => INVISIBLE.test(text);

/** Whether a text has any visible character. */
export const isVisible = (text: string): boolean => withoutEdges(text) !== "";
