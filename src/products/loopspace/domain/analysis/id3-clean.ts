import { readLegacyText } from "../../../../lib/legacy-text.ts";
import { type Id3Frame, id3FramesOf, type WantedFrames } from "./id3-frames.ts";

const HEADER_BYTES = 10;
const UTF_8 = 3;
/** The text frames that are kept of a tag. */
const TEXTS: ReadonlySet<string> = new Set([
  "TIT2",
  "TPE1",
  "TALB",
  "TCON",
  "TYER",
  "TDAT",
  "TDRC",
  "TDRL",
  "TRCK",
]);
const PICTURE = "APIC";
const WANTED: WantedFrames = { texts: TEXTS, pictures: new Set([PICTURE]) };

const joined = (...parts: readonly Uint8Array[]): Uint8Array => {
  const whole = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
};

const ascii = (text: string): Uint8Array => new TextEncoder().encode(text);
const sevenBits = (value: number): Uint8Array =>
  Uint8Array.of(value >> 21, (value >> 14) & 127, (value >> 7) & 127, value & 127);
const eightBits = (value: number): Uint8Array =>
  Uint8Array.of(value >>> 24, (value >> 16) & 255, (value >> 8) & 255, value & 255);

/** Decodes UTF-16; undefined if it is invalid, for example because of an unpaired surrogate. */
const utf16 = (bytes: Uint8Array, isLittle: boolean): string | undefined => {
  try {
    return new TextDecoder(isLittle ? "utf-16le" : "utf-16be", { fatal: true, ignoreBOM: true }).decode(
      bytes.subarray(0, bytes.length - (bytes.length % 2)),
    );
  } catch {
    return undefined;
  }
};

const withoutZerosBehind = (text: string): string => {
  let end = text.length;
  while (end > 0 && text.charCodeAt(end - 1) === 0) end--;
  return text.slice(0, end);
};

/**
 * Counts letters, digits and Chinese and Japanese characters. Text that is read in the wrong byte order has few of
 * them.
 */
const usualIn = (text = ""): number => text.match(/[\u0020-\u024f\u3000-\u30ff\u4e00-\u9fff]/gu)?.length ?? 0;

const readUtf16 = (bytes: Uint8Array, isBigByDefault: boolean): string | undefined => {
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return utf16(bytes.subarray(2), true);
  if (bytes[0] === 0xfe && bytes[1] === 0xff) return utf16(bytes.subarray(2), false);
  // Without a byte order mark, the byte order that gives the more plausible text is used.
  const [little, big] = [utf16(bytes, true), utf16(bytes, false)];
  const [likelier, other] = isBigByDefault ? [big, little] : [little, big];
  return likelier === undefined || usualIn(other) > usualIn(likelier) ? other : likelier;
};

/** Decodes a text frame; undefined if the encoding of its bytes cannot be determined reliably. */
const textOf = (data: Uint8Array): string | undefined => {
  const bytes = data.subarray(1);
  const end = bytes.findLastIndex((byte) => byte !== 0) + 1;
  switch (data[0]) {
    case 1:
    case 2: {
      const text = readUtf16(bytes, data[0] === 2);
      return text === undefined ? undefined : withoutZerosBehind(text);
    }
    case 0:
    case UTF_8:
      return readLegacyText(bytes.subarray(0, end));
    default:
      // Some writers leave out the byte that states the encoding.
      return (data[0] ?? 0) >= 0x20 ? readLegacyText(data.subarray(0, end + 1)) : undefined;
  }
};

/** Returns the position after a zero-terminated text that has one or two bytes per character. */
const behindText = (data: Uint8Array, from: number, isWide: boolean): number => {
  for (let at = from; at < data.length; at += isWide ? 2 : 1)
    if (data[at] === 0 && (!isWide || data[at + 1] === 0)) return at + (isWide ? 2 : 1);
  return data.length;
};

/** Builds the content of a picture frame in the layout of ID3v2.3 and 2.4, without its description. */
const pictureOf = ({ data, isOld }: Id3Frame): Uint8Array => {
  const behindType = isOld ? 4 : behindText(data, 1, false);
  const format = data.subarray(1, isOld ? 4 : behindType - 1);
  const start = behindText(data, behindType + 1, data[0] === 1 || data[0] === 2);
  const kind = Uint8Array.of(0, data[behindType] ?? 0, 0);
  return joined(Uint8Array.of(0), format, kind, data.subarray(start));
};

/**
 * Rewrites an ID3v2 tag so that any parser can read it: without unsynchronisation and compression, with correct
 * sizes, with text in UTF-8, and with the needed frames only. Text that cannot be decoded reliably is left out.
 */
export const cleanId3Tag = (tag: Uint8Array): Uint8Array => {
  // Parsers split names at slashes in ID3v2.3 only, so a tag of that version keeps it.
  const major = tag[3] === 3 ? 3 : 4;
  const frames = id3FramesOf(tag, WANTED).flatMap((frame) => {
    const text = TEXTS.has(frame.id) ? textOf(frame.data) : undefined;
    const content =
      text === undefined
        ? frame.id === PICTURE && pictureOf(frame)
        : joined(Uint8Array.of(UTF_8), ascii(text));
    if (!content) return [];
    const size = major === 3 ? eightBits(content.length) : sevenBits(content.length);
    return [joined(ascii(frame.id), size, new Uint8Array(2), content)];
  });
  const body = joined(...frames);
  return joined(ascii("ID3"), Uint8Array.of(major, 0, 0), sevenBits(body.length), body);
};

export const ID3_HEADER_BYTES = HEADER_BYTES;
