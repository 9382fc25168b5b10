import { encode, renderSVG } from "uqr";
import { pngOf } from "../../../core/media/index.ts";

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
  return pngOf({ width: size, height: size, bitDepth: 1, colour: "grey" }, pixels);
};
