import { asciiAt, viewOf } from "./format.ts";

const ORIENTATION_TAG = 0x0112;
const ENTRY_BYTES = 12;
const SHORT = 3;

/** Returns the orientation in a TIFF block of EXIF; 1 (upright) if it is missing or invalid. */
export const orientationOf = (tiff: Uint8Array): number => {
  const little = asciiAt(tiff, 0, "II");
  if ((!little && !asciiAt(tiff, 0, "MM")) || tiff.length < 8) return 1;
  const view = viewOf(tiff);
  const directory = view.getUint32(4, little);
  if (directory + 2 > tiff.length) return 1;
  const entries = view.getUint16(directory, little);
  for (let i = 0; i < entries; i++) {
    const at = directory + 2 + i * ENTRY_BYTES;
    if (at + ENTRY_BYTES > tiff.length) return 1;
    if (view.getUint16(at, little) !== ORIENTATION_TAG) continue;
    const value = view.getUint16(at + 8, little);
    return value >= 1 && value <= 8 ? value : 1;
  }
  return 1;
};

/** Builds a TIFF block that contains only the orientation. */
export const orientationOnly = (orientation: number): Uint8Array => {
  const bytes = new Uint8Array(26);
  const view = viewOf(bytes);
  bytes.set([0x4d, 0x4d, 0, 42]);
  view.setUint32(4, 8);
  view.setUint16(8, 1);
  view.setUint16(10, ORIENTATION_TAG);
  view.setUint16(12, SHORT);
  view.setUint32(14, 1);
  view.setUint16(18, orientation);
  return bytes;
};
