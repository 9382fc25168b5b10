import type { PictureFacts, PictureFormat } from "./format.ts";
import { gif } from "./gif.ts";
import { jpeg } from "./jpeg.ts";
import { png } from "./png.ts";
import { webp } from "./webp.ts";

/** SVG is not supported, because it can contain scripts. */
const FORMATS: readonly PictureFormat[] = [jpeg, png, webp, gif];

/** Limit for the pixels of a picture. Decoding a larger one would not fit into memory. */
export const MAX_PIXELS = 50_000_000;

const formatOf = (bytes: Uint8Array): PictureFormat | undefined =>
  FORMATS.find(({ recognises }) => recognises(bytes));

/** Reads a picture by its bytes, whatever type the client states. Undefined if it is not a picture. */
export const readPicture = (bytes: Uint8Array): PictureFacts | undefined => {
  try {
    const facts = formatOf(bytes)?.read(bytes);
    return facts && facts.width > 0 && facts.height > 0 ? facts : undefined;
  } catch (error) {
    // The file ends in the middle of a number.
    if (error instanceof RangeError) return undefined;
    throw error;
  }
};

/**
 * Returns the same picture without its metadata, except for the orientation. Undefined if `readPicture` returns
 * undefined.
 */
export const stripPicture = (bytes: Uint8Array): Uint8Array | undefined =>
  readPicture(bytes) ? formatOf(bytes)?.strip(bytes) : undefined;

/** Returns whether the bytes begin like a picture. */
export const looksLikePicture = (bytes: Uint8Array): boolean => formatOf(bytes) !== undefined;
