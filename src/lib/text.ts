/**
 * Characters that are not seen and change the text around them: controls, bidi overrides, line separators. The joiners ZWNJ
 * and ZWJ are spelling (Persian, Sinhala, emoji), so they are not among them.
 */
const INVISIBLE = /(?![\u200c\u200d])[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u;
const INVISIBLE_RUN = new RegExp(`(?:${INVISIBLE.source})+`, "gu");
/** A joiner joins two characters: at the edge of a text it does nothing. */
const EDGES = /^[\s\u200c\u200d]+|[\s\u200c\u200d]+$/gu;

export const hasInvisible = (text: string): boolean => INVISIBLE.test(text);

/** Whether anything of a text is seen. */
export const isVisible = (text: string): boolean => text.replace(EDGES, "") !== "";

/** A text as one line of what is seen; `alsoRemoved` are further characters that become blanks. */
export const oneLine = (text: string, alsoRemoved?: RegExp): string =>
  (alsoRemoved ? text.replace(alsoRemoved, " ") : text)
    .toWellFormed()
    .replace(INVISIBLE_RUN, " ")
    .replace(/\s+/gu, " ")
    .replace(EDGES, "");
