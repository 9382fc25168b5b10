import { asciiAt, joined, MAX_PARTS, type PictureFormat, viewOf } from "./format.ts";

const EXTENSION = 0x21;
const IMAGE = 0x2c;
const TRAILER = 0x3b;
const COMMENT = 0xfe;
const PLAIN_TEXT = 0x01;
const APPLICATION = 0xff;
const HEADER_BYTES = 13;

/** Size of a colour table in bytes, from the flags that declare it. */
const tableBytes = (flags: number): number => ((flags & 0x80) === 0 ? 0 : 3 * 2 ** ((flags & 7) + 1));

interface Blocks {
  /** Position after the last complete sub-block. */
  readonly end: number;
  readonly isWhole: boolean;
}

/** Reads the sub-blocks that begin at `at`. */
const blocksAt = (bytes: Uint8Array, at: number): Blocks => {
  for (;;) {
    const size = bytes[at];
    if (size === undefined || at + size >= bytes.length)
      return { end: Math.min(at, bytes.length), isWhole: size === 0 };
    at += size + 1;
    if (size === 0) return { end: at, isWhole: true };
  }
};

/**
 * Returns whether an extension is kept: the loop count and frame delays are. Comments, plain text and XMP are
 * dropped.
 */
const isOfThePixels = (bytes: Uint8Array, at: number): boolean => {
  const label = bytes[at + 1];
  if (label === COMMENT || label === PLAIN_TEXT) return false;
  return (
    label !== APPLICATION || asciiAt(bytes, at + 3, "NETSCAPE2.0") || asciiAt(bytes, at + 3, "ANIMEXTS1.0")
  );
};

interface Stretch {
  readonly start: number;
  readonly end: number;
}

interface Parts {
  readonly parts: readonly Uint8Array[];
  readonly isTruncated: boolean;
}

const END_OF_BLOCKS = Uint8Array.of(0);
const END = Uint8Array.of(TRAILER);

/**
 * Collects the parts of a GIF that are kept; undefined if it has no image or too many blocks. A missing end is added,
 * and zeros between blocks are dropped, because encoders make both mistakes.
 */
const partsOf = (bytes: Uint8Array): Parts | undefined => {
  if (bytes.length < HEADER_BYTES) return undefined;
  let at = HEADER_BYTES + tableBytes(bytes[10] ?? 0);
  const partOf = ({ start, end }: Stretch) => bytes.subarray(start, end);
  const parts: Uint8Array[] = [];
  // The stretch that is kept but not in `parts` yet. Adjacent blocks are merged into one part.
  let kept: Stretch = { start: 0, end: at };
  let images = 0;
  for (let blocks = 0; blocks < MAX_PARTS; blocks++) {
    while (bytes[at] === 0) at++;
    const start = at;
    const kind = bytes[at];
    if (kind !== EXTENSION && kind !== IMAGE)
      return images > 0 ? { parts: [...parts, partOf(kept), END], isTruncated: kind !== TRAILER } : undefined;
    const data = kind === EXTENSION ? at + 2 : at + 11 + tableBytes(bytes[at + 9] ?? 0);
    const { end, isWhole } = blocksAt(bytes, data);
    // The complete sub-blocks of a truncated frame can still be shown.
    const isShown = kind === IMAGE && end > data;
    if (isShown) images++;
    if (isShown || (isWhole && kind === EXTENSION && isOfThePixels(bytes, start))) {
      if (start !== kept.end) {
        parts.push(partOf(kept));
        kept = { start, end };
      } else kept = { start: kept.start, end };
    }
    if (!isWhole) {
      const ends = isShown ? [END_OF_BLOCKS, END] : [END];
      return images > 0 ? { parts: [...parts, partOf(kept), ...ends], isTruncated: true } : undefined;
    }
    at = end;
  }
  return undefined;
};

/** The GIF format (89a). */
export const gif: PictureFormat = {
  recognises: (bytes) => asciiAt(bytes, 0, "GIF87a") || asciiAt(bytes, 0, "GIF89a"),
  read: (bytes) => {
    const found = partsOf(bytes);
    if (!found) return undefined;
    const view = viewOf(bytes);
    const [width, height] = [view.getUint16(6, true), view.getUint16(8, true)];
    return {
      mimeType: "image/gif",
      width,
      height,
      orientation: 1,
      ...(found.isTruncated && { isTruncated: true }),
    };
  },
  strip: (bytes) => {
    const found = partsOf(bytes);
    return found && joined(found.parts);
  },
};
