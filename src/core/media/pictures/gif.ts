import { asciiAt, joined, type PictureFormat, viewOf } from "./format.ts";

const EXTENSION = 0x21;
const IMAGE = 0x2c;
const TRAILER = 0x3b;
const COMMENT = 0xfe;
const PLAIN_TEXT = 0x01;
const APPLICATION = 0xff;
const HEADER_BYTES = 13;

/** Bytes of a colour table, by the flags that announce it. */
const tableBytes = (flags: number): number => ((flags & 0x80) === 0 ? 0 : 3 * 2 ** ((flags & 7) + 1));

/** Where the sub-blocks that begin at `at` end. */
const afterBlocks = (bytes: Uint8Array, at: number): number | undefined => {
  for (;;) {
    const size = bytes[at];
    if (size === undefined) return undefined;
    at += size + 1;
    if (size === 0) return at;
  }
};

/** Whether it is kept: how often to repeat, how long a frame stays. Comments, texts and XMP are not. */
const isOfThePixels = (bytes: Uint8Array, at: number): boolean => {
  const label = bytes[at + 1];
  if (label === COMMENT || label === PLAIN_TEXT) return false;
  return (
    label !== APPLICATION || asciiAt(bytes, at + 3, "NETSCAPE2.0") || asciiAt(bytes, at + 3, "ANIMEXTS1.0")
  );
};

const partsOf = (bytes: Uint8Array): Uint8Array[] | undefined => {
  if (bytes.length < HEADER_BYTES) return undefined;
  let at = HEADER_BYTES + tableBytes(bytes[10] ?? 0);
  const parts = [bytes.subarray(0, at)];
  for (;;) {
    const start = at;
    const kind = bytes[at];
    if (kind === TRAILER) return [...parts, bytes.subarray(at, at + 1)];
    let end: number | undefined;
    if (kind === EXTENSION) end = afterBlocks(bytes, at + 2);
    else if (kind === IMAGE) end = afterBlocks(bytes, at + 11 + tableBytes(bytes[at + 9] ?? 0));
    if (end === undefined) return undefined;
    if (kind === IMAGE || isOfThePixels(bytes, start)) parts.push(bytes.subarray(start, end));
    at = end;
  }
};

/** GIF (89a). */
export const gif: PictureFormat = {
  recognises: (bytes) => asciiAt(bytes, 0, "GIF87a") || asciiAt(bytes, 0, "GIF89a"),
  read: (bytes) => {
    if (!partsOf(bytes)) return undefined;
    const view = viewOf(bytes);
    const [width, height] = [view.getUint16(6, true), view.getUint16(8, true)];
    return { mimeType: "image/gif", width, height, orientation: 1 };
  },
  strip: (bytes) => {
    const parts = partsOf(bytes);
    return parts && joined(parts);
  },
};
