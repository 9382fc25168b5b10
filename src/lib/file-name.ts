import { legacyBytes, readLegacyText } from "./legacy-text.ts";

const decode = (bytes: Uint8Array, charset: string): string | undefined => {
  try {
    return new TextDecoder(charset, { fatal: true, ignoreBOM: false }).decode(bytes);
  } catch {
    // Not of this encoding, or an encoding that is not known.
    return undefined;
  }
};

const bytesOf = (binary: string): Uint8Array => Uint8Array.from(binary, (letter) => letter.charCodeAt(0));

/** Undoes `%41` in a text of ASCII, or of one character a byte. */
const percentDecoded = (text: string): Uint8Array =>
  bytesOf(
    text.replace(/%([0-9a-f]{2})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16))),
  );

/** RFC 2047: an encoded word, by base64 or by the quoted-printable of headers. */
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

/** Undoes encoded words; blanks between two of them only separate them. */
const withoutWords = (name: string): string =>
  name
    .replace(/(\?=)\s+(?==\?)/g, "$1")
    .replace(
      WORD,
      (word, charset: string, kind: string, text: string) => decode(bytesOfWord(kind, text), charset) ?? word,
    );

/** UTF-8 that a client took for Latin-1 and encoded again. */
const withoutMojibake = (name: string): string => {
  const bytes = legacyBytes(name);
  return bytes?.some((byte) => byte >= 0x80) ? (decode(bytes, "utf-8") ?? name) : name;
};

/** A file's name as a client meant it: without encoded words, and without UTF-8 that was encoded twice. */
export const readFileName = (name: string): string => withoutMojibake(withoutWords(name));

/** RFC 8187, `utf-8''%e2%82%ac`; undefined where it is none. */
const extendedValue = (value: string): string | undefined => {
  const [, charset, text] = /^([\w-]+)'[^']*'(.*)$/s.exec(value) ?? [];
  return charset === undefined || text === undefined ? undefined : decode(percentDecoded(text), charset);
};

/**
 * Parameters of a header: a key, and a value in quotes or without. curl puts a backslash before quotes, browsers do not, so
 * the last quote ends a value also behind a backslash. Each character fits one alternative only: the pattern stays linear.
 */
const PARAMETER = /;\s*([\w!#$&+.^`|~-]+\*?)\s*=\s*(?:"((?:[^"\\]|\\["\\]|\\(?!["\\]))*\\?)"|([^;]*))/g;

/** What WHATWG's form data encodes, and nothing else: a percent sign itself is left as it is. */
const withoutFormEscapes = (value: string): string => value.replace(/%22/g, '"').replace(/%0[da]/gi, " ");

/**
 * The file's name in a `Content-Disposition`, whose bytes are one character each; undefined where it has none. `filename*`
 * (RFC 8187) comes before `filename`, which is UTF-8, or whatever encoding the client's system has.
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
