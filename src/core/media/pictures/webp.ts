import { orientationOf, orientationOnly } from "./exif.ts";
import { asciiAt, joined, MAX_PARTS, type PictureFormat, upright, viewOf } from "./format.ts";

const HEADER_BYTES = 12;
/** Flags in the extended header. */
const HAS_EXIF = 0x08;
const HAS_XMP = 0x04;
const KEPT = /^(VP8 |VP8L|VP8X|ALPH|ANIM|ANMF|ICCP)$/;

interface Chunk {
  readonly type: string;
  readonly start: number;
  readonly data: number;
  /** End of the data. */
  readonly end: number;
  /** End of the chunk, including the padding to an even size. */
  readonly next: number;
}

const isOfPixels = ({ type }: Chunk): boolean => type === "VP8 " || type === "VP8L" || type === "ANMF";

/** Returns the chunks up to `whole`; an empty list if there are too many. */
const chunksUntil = (bytes: Uint8Array, whole: number): Chunk[] => {
  const chunks: Chunk[] = [];
  const view = viewOf(bytes);
  for (let at = HEADER_BYTES; at + 8 <= whole; ) {
    const size = view.getUint32(at + 4, true);
    const end = at + 8 + size;
    if (end > bytes.length) break;
    if (chunks.length === MAX_PARTS) return [];
    const type = String.fromCharCode(...bytes.subarray(at, at + 4));
    chunks.push({ type, start: at, data: at + 8, end, next: Math.min(bytes.length, end + (size & 1)) });
    at = end + (size & 1);
  }
  return chunks;
};

/**
 * Returns the chunks within the size that the header states. If they contain no pixels, the stated size is wrong and
 * the chunks up to the end of the file are used.
 */
const chunksOf = (bytes: Uint8Array): Chunk[] | undefined => {
  const counted = chunksUntil(bytes, Math.min(bytes.length, 8 + viewOf(bytes).getUint32(4, true)));
  const chunks = counted.some(isOfPixels) ? counted : chunksUntil(bytes, bytes.length);
  return chunks.some(isOfPixels) ? chunks : undefined;
};

const orientationIn = (bytes: Uint8Array, chunks: readonly Chunk[]): number => {
  const exif = chunks.find(({ type }) => type === "EXIF");
  if (!exif) return 1;
  const block = bytes.subarray(exif.data, exif.end);
  // Some writers put the prefix that JPEG uses in front of the block.
  return orientationOf(asciiAt(block, 0, "Exif\0\0") ? block.subarray(6) : block);
};

const sizeOf = (bytes: Uint8Array, { type, data, end }: Chunk) => {
  const view = viewOf(bytes);
  const length = end - data;
  if (type === "VP8X" && length >= 10) {
    const uint24 = (at: number) => view.getUint16(at, true) | (view.getUint8(at + 2) << 16);
    return { width: uint24(data + 4) + 1, height: uint24(data + 7) + 1 };
  }
  if (type === "VP8L" && length >= 5 && bytes[data] === 0x2f) {
    const bits = view.getUint32(data + 1, true);
    return { width: (bits & 0x3fff) + 1, height: ((bits >>> 14) & 0x3fff) + 1 };
  }
  if (type === "VP8 " && length >= 10 && asciiAt(bytes, data + 3, "\x9d\x01\x2a"))
    return {
      width: view.getUint16(data + 6, true) & 0x3fff,
      height: view.getUint16(data + 8, true) & 0x3fff,
    };
  return undefined;
};

const chunk = (type: string, data: Uint8Array): Uint8Array => {
  const whole = new Uint8Array(8 + data.length + (data.length & 1));
  whole.set(new TextEncoder().encode(type));
  viewOf(whole).setUint32(4, data.length, true);
  whole.set(data, 8);
  return whole;
};

/** Builds a file from the given chunks. */
const webpOf = (chunks: readonly Uint8Array[]): Uint8Array => {
  const header = new Uint8Array(HEADER_BYTES);
  header.set(new TextEncoder().encode("RIFF....WEBP"));
  viewOf(header).setUint32(4, 4 + chunks.reduce((sum, { length }) => sum + length, 0), true);
  return joined([header, ...chunks]);
};

/** Wraps a VP8 key frame as a lossy WebP file; its bits do not change. */
export const webpOfVp8 = (frame: Uint8Array): Uint8Array => webpOf([chunk("VP8 ", frame)]);

/** The WebP format (RFC 9649). */
export const webp: PictureFormat = {
  recognises: (bytes) => asciiAt(bytes, 0, "RIFF") && asciiAt(bytes, 8, "WEBP"),
  read: (bytes) => {
    const chunks = chunksOf(bytes);
    const size = chunks?.[0] && sizeOf(bytes, chunks[0]);
    if (!chunks || !size) return undefined;
    const orientation = orientationIn(bytes, chunks);
    return { mimeType: "image/webp", ...upright(size.width, size.height, orientation), orientation };
  },
  strip: (bytes) => {
    const chunks = chunksOf(bytes);
    if (!chunks) return undefined;
    const orientation = orientationIn(bytes, chunks);
    const kept = chunks
      .filter(({ type }) => KEPT.test(type))
      .map(({ type, start, next }) => {
        if (type !== "VP8X") return bytes.subarray(start, next);
        const header = bytes.slice(start, next);
        header[8] = ((header[8] ?? 0) & ~(HAS_EXIF | HAS_XMP)) | (orientation === 1 ? 0 : HAS_EXIF);
        return header;
      });
    return webpOf(orientation === 1 ? kept : [...kept, chunk("EXIF", orientationOnly(orientation))]);
  },
};
