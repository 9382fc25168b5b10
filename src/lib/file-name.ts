import { legacyBytes, readLegacyText } from "./legacy-text.ts";

const decode = (bytes: Uint8Array, charset: string): string | undefined => {
  try {
    return new TextDecoder(charset, { fatal: true, ignoreBOM: false }).decode(bytes);
  } catch {
    // The bytes are not valid in this encoding, or the encoding is unknown.
    return undefined;
  }
};

const bytesOf = (binary: string): Uint8Array => Uint8Array.from(binary, (letter) => letter.charCodeAt(0));

/** Decodes percent escapes (`%41`) in a text that has one character for each byte. */
const percentDecoded = (text: string): Uint8Array =>
  bytesOf(
    text.replace(/%([0-9a-f]{2})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16))),
  );

/** An encoded word of RFC 2047, in base64 (`B`) or the quoted-printable variant for headers (`Q`). */
const WORD = /=\?([\w-]{1,40})(?:\*[\w-]*)?\?([BbQq])\?([^?\s]*)\?=/g;

const bytesOfWord = (kind: string, text: string): Uint8Array =>
  kind.toLowerCase() === "b"
    ? new Uint8Array(Buffer.from(text, "base64"))
    : percentDecoded(
        text
          .replaceAll("%", "%25")
          .replaceAll("_", " ")
          .replace(/=([0-9a-f]{2})/gi, "%$1"),
      );

/** Decodes encoded words. White space between two encoded words is dropped (RFC 2047, 6.2). */
const withoutWords = (name: string): string =>
  name
    .replace(/(\?=)\s+(?==\?)/g, "$1")
    .replace(
      WORD,
      (word, charset: string, kind: string, text: string) => decode(bytesOfWord(kind, text), charset) ?? word,
    );

/** Repairs UTF-8 that a client read as Latin-1 and encoded a second time. */
const withoutMojibake = (name: string): string => {
  const bytes = legacyBytes(name);
  return bytes?.some((byte) => byte >= 0x80) ? (decode(bytes, "utf-8") ?? name) : name;
};

/** Returns the file name that the client meant: decodes encoded words and repairs UTF-8 that was encoded twice. */
export const readFileName = (name: string): string => withoutMojibake(withoutWords(name));

/** Decodes an extended value of RFC 8187 (`utf-8''%e2%82%ac`); undefined where it is malformed. */
const extendedValue = (value: string): string | undefined => {
  const [, charset, text] = /^([\w-]+)'[^']*'(.*)$/s.exec(value) ?? [];
  return charset === undefined || text === undefined ? undefined : decode(percentDecoded(text), charset);
};

/**
 * A header parameter: a key and a quoted or plain value. curl escapes quotes with a backslash and browsers do not, so
 * a final quote ends the value even after a backslash. Each character matches only one alternative, which keeps
 * matching linear in time.
 */
const PARAMETER = /;\s*([\w!#$&+.^`|~-]+\*?)\s*=\s*(?:"((?:[^"\\]|\\["\\]|\\(?!["\\]))*\\?)"|([^;]*))/g;

/**
 * Decodes the three characters that the WHATWG form-data encoding escapes. Other percent signs stay, because it does
 * not escape them.
 */
const withoutFormEscapes = (value: string): string => value.replace(/%22/g, '"').replace(/%0[da]/gi, " ");

/**
 * Returns the file name of a `Content-Disposition` header that has one character for each byte; undefined where it
 * has none. `filename*` (RFC 8187) takes precedence over `filename`, which may be UTF-8 or in a legacy system
 * encoding.
 */
export const fileNameIn = (disposition: string): string | undefined => {
  const parameters = new Map<string, string>();
  for (const [, key = "", quoted, token = ""] of disposition.matchAll(PARAMETER)) {
    const name = key.toLowerCase();
    if (!parameters.has(name)) parameters.set(name, quoted?.replace(/\\(["\\])/g, "$1") ?? token.trim());
  }
  const extended = extendedValue(parameters.get("filename*") ?? "");
  if (extended !== undefined) return extended;
  const plain = parameters.get("filename");
  if (plain === undefined) return undefined;
  return readFileName(withoutFormEscapes(readLegacyText(bytesOf(plain)) ?? plain));
};
