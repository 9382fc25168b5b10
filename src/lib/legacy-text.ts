/** The characters of windows-1252 from 0x80 to 0x9f, in order, with a blank for each undefined byte. */
const CP1252 = "€ ‚ƒ„…†‡ˆ‰Š‹Œ Ž  ‘’“”•–—˜™š›œ žŸ";

/** Returns the bytes of a text that was decoded as Latin-1 or windows-1252; undefined where it was not. */
export const legacyBytes = (text: string): Uint8Array | undefined => {
  const bytes: number[] = [];
  for (const letter of text) {
    const code = letter.charCodeAt(0);
    const high = code > 0xff ? CP1252.indexOf(letter) : -1;
    if (code > 0xff && high < 0) return undefined;
    bytes.push(code > 0xff ? 0x80 + high : code);
  }
  return Uint8Array.from(bytes);
};

const decode = (bytes: Uint8Array, encoding: string): string | undefined => {
  try {
    return new TextDecoder(encoding, { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return undefined;
  }
};

/** ID3v1 fields have 30 bytes (28 for the comment), so the last multi-byte character may be cut. */
const CUT_BYTES = 28;

const decodeCut = (bytes: Uint8Array, encoding: string): string | undefined => {
  for (let cut = 0; cut <= (bytes.length < CUT_BYTES ? 0 : 3); cut++) {
    const text = decode(bytes.subarray(0, bytes.length - cut), encoding);
    if (text !== undefined) return text;
  }
  return undefined;
};

const isBetween = (value: number, low: number, high: number): boolean => value >= low && value <= high;
const isAsciiLetter = (byte: number | undefined): boolean => isBetween((byte ?? 0) | 0x20, 0x61, 0x7a);
const isHighLetter = (byte: number): boolean => byte >= 0xc0 && byte !== 0xd7 && byte !== 0xf7;
/** Bytes that may stand alone in western text: quotes, dashes and … of windows-1252, and the signs of Latin-1. */
const isHighSign = (byte: number): boolean =>
  isBetween(byte, 0xa0, 0xbf) || isBetween(byte, 0x91, 0x97) || byte === 0x85;

/**
 * Whether the bytes above ASCII are distributed as in western text: single accented letters, or two lower-case ones
 * inside a word. Double-byte encodings have them in longer runs.
 */
const isWestern = (bytes: Uint8Array): boolean => {
  for (let at = 0; at < bytes.length; ) {
    let end = at;
    while ((bytes[end] ?? 0) >= 0x80) end++;
    const [first = 0, second = 0] = bytes.subarray(at, end);
    const isWord = isAsciiLetter(bytes[at - 1]) || isAsciiLetter(bytes[end]);
    if (end - at === 1 && !isHighLetter(first) && !isHighSign(first)) return false;
    if (
      end - at === 2 &&
      !(isWord && first >= 0xdf && second >= 0xdf && isHighLetter(first) && isHighLetter(second))
    )
      return false;
    if (end - at > 2) return false;
    at = Math.max(end, at + 1);
  }
  return true;
};

/** Returns the share of the characters above ASCII that match a pattern. */
const shareOf = (text: string, pattern: RegExp): number => {
  const letters = [...text].filter((letter) => letter.charCodeAt(0) > 0x7f);
  return letters.filter((letter) => pattern.test(letter)).length / Math.max(1, letters.length);
};

const PUNCTUATION = "\u00b7\u2010-\u203b\u3000-\u301f\uff01-\uff5e\uffe5";
const CHINESE = new RegExp(`[\\u4e00-\\u9fff${PUNCTUATION}]`, "u");
const JAPANESE = new RegExp(`[\\u4e00-\\u9fff\\u3041-\\u30ff${PUNCTUATION}]`, "u");
const KANA = /[\u3041-\u30fe]/u;

/**
 * Returns the share of the double-byte characters that are frequent ones: their first byte is within `low` and
 * `high`, and their second is at least `secondLow`.
 */
const frequentShare = (bytes: Uint8Array, low: number, high: number, secondLow: number): number => {
  let all = 0;
  let frequent = 0;
  for (let at = 0; at < bytes.length; at++) {
    const first = bytes[at] ?? 0;
    if (first < 0x81) continue;
    const second = bytes[++at] ?? 0;
    // The first rows hold punctuation, which is no evidence of the language.
    if (isBetween(first, 0xa1, 0xa9) && second >= 0xa1) continue;
    all++;
    if (isBetween(first, low, high) && second >= secondLow) frequent++;
  }
  return all === 0 ? 0 : frequent / all;
};

const LEAST_FREQUENT = 0.6;

const asChinese = (bytes: Uint8Array): string | undefined => {
  const text = decodeCut(bytes, "gb18030");
  if (text === undefined || shareOf(text, CHINESE) < 1) return undefined;
  return frequentShare(bytes, 0xb0, 0xd7, 0xa1) >= LEAST_FREQUENT ? text : undefined;
};

const asJapanese = (bytes: Uint8Array): string | undefined => {
  const text = decodeCut(bytes, "shift_jis");
  if (text === undefined || shareOf(text, JAPANESE) < 1) return undefined;
  return shareOf(text, KANA) > 0 || frequentShare(bytes, 0x88, 0x97, 0x40) === 1 ? text : undefined;
};

/**
 * Decodes text that is declared as Latin-1 or has no declared encoding. Writers use their system's encoding there:
 * UTF-8, GBK, Shift-JIS or windows-1252. Returns undefined where none is certain, because no text is better than a
 * wrong one.
 */
export const readLegacyText = (bytes: Uint8Array): string | undefined => {
  const utf8 = decode(bytes, "utf-8");
  if (utf8 !== undefined) return utf8;
  if (isWestern(bytes)) return decode(bytes, "windows-1252");
  return decodeCut(bytes, "utf-8") ?? asChinese(bytes) ?? asJapanese(bytes);
};
