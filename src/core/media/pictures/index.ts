import type { PictureFacts, PictureFormat } from "./format.ts";
import { gif } from "./gif.ts";
import { jpeg } from "./jpeg.ts";
import { png } from "./png.ts";
import { webp } from "./webp.ts";

/** SVG is not among them: it can carry scripts. */
const FORMATS: readonly PictureFormat[] = [jpeg, png, webp, gif];

/** Pixels of the largest picture we take: what a decoder makes of more does not fit in memory. */
export const MAX_PIXELS = 50_000_000;

const formatOf = (bytes: Uint8Array): PictureFormat | undefined =>
  FORMATS.find(({ recognises }) => recognises(bytes));

/** What a picture is by its bytes, whatever a client calls it. Undefined where it is none. */
export const readPicture = (bytes: Uint8Array): PictureFacts | undefined => {
  try {
    const facts = formatOf(bytes)?.read(bytes);
    return facts && facts.width > 0 && facts.height > 0 ? facts : undefined;
  } catch (error) {
    // Cut off in the middle of a number.
    if (error instanceof RangeError) return undefined;
    throw error;
  }
};

/** The same picture without its metadata; how it is to be turned stays. Undefined where `readPicture` gives nothing. */
export const stripPicture = (bytes: Uint8Array): Uint8Array | undefined =>
  readPicture(bytes) ? formatOf(bytes)?.strip(bytes) : undefined;

/** Whether the first bytes are a picture's. */
export const looksLikePicture = (bytes: Uint8Array): boolean => formatOf(bytes) !== undefined;
