import { crc32, deflateSync } from "node:zlib";
import { encode, renderSVG } from "uqr";

/** Quartile correction: a quarter of the symbol may be smudged, and print on paper is handled. */
const ECC = "Q";
/** The standard asks for four modules of white around a symbol. */
const QUIET_ZONE = 4;

/** What a code's QR symbol holds. */
export const verifyUrl = (origin: string, code: string): string => `${origin}/verify/${code}`;

/** The symbol as a square of modules, true where it is dark, with its quiet zone. */
export const qrModules = (text: string): boolean[][] => encode(text, { ecc: ECC, border: QUIET_ZONE }).data;

export const qrSvg = (text: string): string => renderSVG(text, { ecc: ECC, border: QUIET_ZONE });

const PIXELS_A_MODULE = 12;
const PNG_SIGNATURE = Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a);

/** A greyscale PNG of one bit a pixel, 12 pixels a module. */
export const qrPng = (text: string): Uint8Array<ArrayBuffer> => {
  const modules = qrModules(text);
  const size = modules.length * PIXELS_A_MODULE;
  const bytesARow = Math.ceil(size / 8);
  // A filter byte of zero comes before each row.
  const pixels = new Uint8Array((bytesARow + 1) * size);
  for (let y = 0; y < size; y++) {
    const row = modules[Math.floor(y / PIXELS_A_MODULE)] ?? [];
    for (let x = 0; x < size; x++) {
      const offset = y * (bytesARow + 1) + 1 + (x >> 3);
      if (!row[Math.floor(x / PIXELS_A_MODULE)]) pixels[offset] = (pixels[offset] ?? 0) | (0x80 >> (x & 7));
    }
  }
  const header = new DataView(new ArrayBuffer(13));
  header.setUint32(0, size);
  header.setUint32(4, size);
  header.setUint8(8, 1);
  return concat([
    PNG_SIGNATURE,
    pngChunk("IHDR", new Uint8Array(header.buffer)),
    pngChunk("IDAT", deflateSync(pixels)),
    pngChunk("IEND", new Uint8Array()),
  ]);
};

/** Length, type, data, and the checksum of type and data. */
const pngChunk = (type: string, data: Uint8Array): Uint8Array => {
  const chunk = new Uint8Array(data.length + 12);
  const view = new DataView(chunk.buffer);
  view.setUint32(0, data.length);
  chunk.set(new TextEncoder().encode(type), 4);
  chunk.set(data, 8);
  view.setUint32(data.length + 8, crc32(chunk.subarray(4, data.length + 8)));
  return chunk;
};

const concat = (parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> => {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let offset = 0;
  for (const part of parts) {
    whole.set(part, offset);
    offset += part.length;
  }
  return whole;
};
