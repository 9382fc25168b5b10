import { crc32, deflateSync } from "node:zlib";
import { orientationOf, orientationOnly } from "./exif.ts";
import { asciiAt, joined, MAX_PARTS, type PictureFormat, upright, viewOf } from "./format.ts";

const SIGNATURE = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];
/** Chunks that affect how the pixels look. All others are metadata. */
const KEPT = /^(IHDR|PLTE|IDAT|IEND|tRNS|cHRM|gAMA|iCCP|sBIT|sRGB|cICP|mDCV|cLLI|bKGD|pHYs|acTL|fcTL|fdAT)$/;

interface Chunk {
  readonly type: string;
  readonly start: number;
  readonly data: number;
  readonly end: number;
}

interface Chunks {
  readonly chunks: readonly Chunk[];
  readonly isTruncated: boolean;
}

/**
 * Returns the chunks up to `IEND`; bytes after it do not belong to the picture. If `IEND` is missing, returns the
 * chunks up to the last complete one.
 */
const chunksOf = (bytes: Uint8Array): Chunks | undefined => {
  const chunks: Chunk[] = [];
  const view = viewOf(bytes);
  for (let at = SIGNATURE.length; at + 12 <= bytes.length; ) {
    const end = at + 12 + view.getUint32(at);
    if (end > bytes.length) break;
    if (chunks.length === MAX_PARTS) return undefined;
    const type = String.fromCharCode(...bytes.subarray(at + 4, at + 8));
    chunks.push({ type, start: at, data: at + 8, end });
    if (type === "IEND") return { chunks, isTruncated: false };
    at = end;
  }
  return chunks.some(({ type }) => type === "IDAT") ? { chunks, isTruncated: true } : undefined;
};

const orientationIn = (bytes: Uint8Array, chunks: readonly Chunk[]): number => {
  const exif = chunks.find(({ type }) => type === "eXIf");
  return exif ? orientationOf(bytes.subarray(exif.data, exif.end - 4)) : 1;
};

/** Builds a chunk: length, type, data, and the checksum of type and data. */
const chunkOf = (type: string, data: Uint8Array): Uint8Array => {
  const chunk = new Uint8Array(data.length + 12);
  const view = viewOf(chunk);
  view.setUint32(0, data.length);
  chunk.set(new TextEncoder().encode(type), 4);
  chunk.set(data, 8);
  view.setUint32(data.length + 8, crc32(chunk.subarray(4, data.length + 8)));
  return chunk;
};

export interface PngHeader {
  readonly width: number;
  readonly height: number;
  readonly bitDepth: 1 | 8;
  readonly colour: "grey" | "rgb";
}

const COLOUR_TYPES = { grey: 0, rgb: 2 } as const;
const ZLIB_LEVEL = 4;

/** Builds a PNG file. Each row of `filtered` begins with the number of its filter. */
export const pngOf = (
  { width, height, bitDepth, colour }: PngHeader,
  filtered: Uint8Array,
): Uint8Array<ArrayBuffer> => {
  const header = new Uint8Array(13);
  const view = viewOf(header);
  view.setUint32(0, width);
  view.setUint32(4, height);
  header.set([bitDepth, COLOUR_TYPES[colour]], 8);
  return joined([
    Uint8Array.from(SIGNATURE),
    chunkOf("IHDR", header),
    chunkOf("IDAT", deflateSync(filtered, { level: ZLIB_LEVEL })),
    chunkOf("IEND", new Uint8Array()),
  ]);
};

/** The PNG format (W3C), including animations. */
export const png: PictureFormat = {
  recognises: (bytes) => SIGNATURE.every((byte, i) => bytes[i] === byte),
  read: (bytes) => {
    const found = chunksOf(bytes);
    const header = found?.chunks[0];
    if (!found || !header || !asciiAt(bytes, header.start + 4, "IHDR") || header.end - header.data < 17)
      return undefined;
    const view = viewOf(bytes);
    const orientation = orientationIn(bytes, found.chunks);
    const size = upright(view.getUint32(header.data), view.getUint32(header.data + 4), orientation);
    return { mimeType: "image/png", ...size, orientation, ...(found.isTruncated && { isTruncated: true }) };
  },
  strip: (bytes) => {
    const found = chunksOf(bytes);
    if (!found) return undefined;
    const { chunks, isTruncated } = found;
    const orientation = orientationIn(bytes, chunks);
    const [header, ...rest] = chunks
      .filter(({ type }) => KEPT.test(type))
      .map(({ start, end }) => bytes.subarray(start, end));
    if (!header) return undefined;
    const turned = orientation === 1 ? [] : [chunkOf("eXIf", orientationOnly(orientation))];
    const end = isTruncated ? [chunkOf("IEND", new Uint8Array())] : [];
    return joined([Uint8Array.from(SIGNATURE), header, ...turned, ...rest, ...end]);
  },
};
