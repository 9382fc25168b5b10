import { encode, renderSVG } from "uqr";
import { pngOf } from "../../../core/media/index.ts";

/** Level Q corrects damage to about a quarter of the symbol, because printed paper gets dirty. */
const ECC = "Q";
/** The standard requires a margin of four white modules around a symbol. */
const QUIET_ZONE = 4;

/** Returns the URL in a code's QR symbol. */
export const verifyUrl = (origin: string, code: string): string => `${origin}/verify/${code}`;

/** Returns the modules of a symbol with its quiet zone; dark modules are true. */
export const qrModules = (text: string): boolean[][] => encode(text, { ecc: ECC, border: QUIET_ZONE }).data;

export const qrSvg = (text: string): string => renderSVG(text, { ecc: ECC, border: QUIET_ZONE });

const PIXELS_A_MODULE = 12;

/** Returns a greyscale PNG with 1 bit per pixel and 12 pixels per module. */
export const qrPng = (text: string): Uint8Array<ArrayBuffer> => {
  const modules = qrModules(text);
  const size = modules.length * PIXELS_A_MODULE;
  const bytesARow = Math.ceil(size / 8);
  // A filter byte of zero precedes each row.
  const pixels = new Uint8Array((bytesARow + 1) * size);
  for (let y = 0; y < size; y++) {
    const row = modules[Math.floor(y / PIXELS_A_MODULE)] ?? [];
    for (let x = 0; x < size; x++) {
      const offset = y * (bytesARow + 1) + 1 + (x >> 3);
      if (!row[Math.floor(x / PIXELS_A_MODULE)]) pixels[offset] = (pixels[offset] ?? 0) | (0x80 >> (x & 7));
    }
  }
  return pngOf({ width: size, height: size, bitDepth: 1, colour: "grey" }, pixels);
};
