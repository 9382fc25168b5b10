import { asciiAt, viewOf } from "./format.ts";

/** A complete PNG has an `IEND` chunk, and pixels before it. */
const isWholePng = (bytes: Uint8Array): boolean => {
  const view = viewOf(bytes);
  let hasPixels = false;
  for (let at = 8; at + 12 <= bytes.length; at += 12 + view.getUint32(at)) {
    if (at + 12 + view.getUint32(at) > bytes.length) return false;
    if (asciiAt(bytes, at + 4, "IDAT")) hasPixels = true;
    if (asciiAt(bytes, at + 4, "IEND")) return hasPixels;
  }
  return false;
};

/**
 * A complete JPEG has an end-of-image marker after its first scan. A thumbnail in the metadata before the scan has
 * such a marker, too, which does not count.
 */
const isWholeJpeg = (bytes: Uint8Array): boolean => {
  const view = viewOf(bytes);
  let at = 2;
  while (at + 4 <= bytes.length && bytes[at] === 0xff && bytes[at + 1] !== 0xda)
    at += bytes[at + 1] === 0xff ? 1 : 2 + view.getUint16(at + 2);
  if (bytes[at] !== 0xff || bytes[at + 1] !== 0xda) return false;
  for (let i = bytes.length - 2; i > at; i--) if (bytes[i] === 0xff && bytes[i + 1] === 0xd9) return true;
  return false;
};

const isWholeWebp = (bytes: Uint8Array): boolean => {
  if (bytes.length < 20 || !asciiAt(bytes, 8, "WEBP")) return false;
  const view = viewOf(bytes);
  const end = 8 + view.getUint32(4, true);
  let at = 12;
  while (at + 8 <= end && at + 8 <= bytes.length) {
    const size = view.getUint32(at + 4, true);
    // Chunks are padded to an even size.
    at += 8 + size + (size & 1);
  }
  return end <= bytes.length && at <= bytes.length + 1 && at > 20;
};

const isWholeGif = (bytes: Uint8Array): boolean =>
  bytes.at(bytes.findLastIndex((byte) => byte !== 0)) === 0x3b;

/**
 * Returns whether a picture is complete to its last byte. `readPicture` also accepts a truncated picture, which
 * browsers show in part: that is right for uploads of users, but not for generated pictures that were paid for.
 */
export const isCompletePicture = (bytes: Uint8Array): boolean => {
  if (bytes[0] === 0x89 && asciiAt(bytes, 1, "PNG\r\n")) return isWholePng(bytes);
  if (bytes[0] === 0xff && bytes[1] === 0xd8) return isWholeJpeg(bytes);
  if (asciiAt(bytes, 0, "RIFF")) return isWholeWebp(bytes);
  return asciiAt(bytes, 0, "GIF8") && isWholeGif(bytes);
};
