import { orientationOf, orientationOnly } from "./exif.ts";
import { asciiAt, joined, MAX_PARTS, type PictureFormat, upright, viewOf } from "./format.ts";

const START_OF_SCAN = 0xda;
const END_OF_IMAGE = 0xd9;
const COMMENT = 0xfe;
const EXIF = "Exif\0\0";

/** Frame headers: baseline, progressive and their kin; 0xc4, 0xc8 and 0xcc between them are tables. */
const isFrame = (marker: number): boolean =>
  marker >= 0xc0 && marker <= 0xcf && marker !== 0xc4 && marker !== 0xc8 && marker !== 0xcc;

/** Markers without a segment: a beginning, a restart, and one for temporary use. */
const isAlone = (marker: number): boolean => marker === 0x01 || (marker >= 0xd0 && marker <= 0xd8);

const isApplication = (marker: number): boolean => marker >= 0xe0 && marker <= 0xef;

/** Application segments that say how the pixels are to be read: JFIF, the colour profile, Adobe's colour transform. */
const isOfThePixels = (bytes: Uint8Array, { marker, data }: Segment): boolean =>
  marker === 0xe0 ||
  (marker === 0xe2 && asciiAt(bytes, data, "ICC_PROFILE\0")) ||
  (marker === 0xee && asciiAt(bytes, data, "Adobe"));

interface Segment {
  readonly marker: number;
  /** From its 0xff on. */
  readonly start: number;
  /** After its length. */
  readonly data: number;
  readonly end: number;
}

/** The segments before the first scan, and where that begins. Undefined for what is cut off, has too many or is no JPEG. */
const segmentsOf = (bytes: Uint8Array): { segments: Segment[]; scan: number } | undefined => {
  const segments: Segment[] = [];
  const view = viewOf(bytes);
  let at = 2;
  while (at + 4 <= bytes.length) {
    const marker = bytes[at + 1] ?? 0;
    // Fill bytes may stand before a marker, and some writers leave junk there, which decoders pass over.
    if (bytes[at] !== 0xff || marker === 0xff || marker === 0 || isAlone(marker)) {
      at++;
      continue;
    }
    if (marker === START_OF_SCAN) return { segments, scan: at };
    if (marker === END_OF_IMAGE) return undefined;
    const end = at + 2 + view.getUint16(at + 2);
    if (end < at + 4 || end > bytes.length || segments.length === MAX_PARTS) return undefined;
    segments.push({ marker, start: at, data: at + 4, end });
    at = end;
  }
  return undefined;
};

const orientationIn = (bytes: Uint8Array, segments: readonly Segment[]): number => {
  const exif = segments.find(({ marker, data }) => marker === 0xe1 && asciiAt(bytes, data, EXIF));
  return exif ? orientationOf(bytes.subarray(exif.data + EXIF.length, exif.end)) : 1;
};

const exifSegment = (orientation: number): Uint8Array => {
  const tiff = orientationOnly(orientation);
  const segment = new Uint8Array(4 + EXIF.length + tiff.length);
  segment.set([0xff, 0xe1]);
  viewOf(segment).setUint16(2, segment.length - 2);
  segment.set(new TextEncoder().encode(EXIF), 4);
  segment.set(tiff, 4 + EXIF.length);
  return segment;
};

/** Markers that end the data of a scan: tables, another scan, the end, and what may stand between scans. */
const endsData = (marker: number): boolean =>
  marker === 0xc4 ||
  (marker >= START_OF_SCAN - 1 && marker <= 0xdd) ||
  isApplication(marker) ||
  marker === COMMENT;

const nextMarker = (bytes: Uint8Array, from: number): number => {
  for (
    let at = bytes.indexOf(0xff, from);
    at >= 0 && at + 1 < bytes.length;
    at = bytes.indexOf(0xff, at + 1)
  ) {
    const marker = bytes[at + 1] ?? 0;
    if (endsData(marker) || marker === END_OF_IMAGE) return at;
  }
  return bytes.length;
};

/**
 * The scans from `at` on, to where the image ends: without what else stands between them. Phones write more behind it: a second
 * picture, a video, a depth map, with a place of their own. Undefined where there are too many.
 */
const scansOf = (bytes: Uint8Array, at: number): { parts: Uint8Array[]; isCutOff: boolean } | undefined => {
  const parts: Uint8Array[] = [];
  const view = viewOf(bytes);
  while (at + 4 <= bytes.length && bytes[at + 1] !== END_OF_IMAGE) {
    if (parts.length === MAX_PARTS) return undefined;
    const marker = bytes[at + 1] ?? 0;
    const end = Math.min(bytes.length, at + 2 + Math.max(2, view.getUint16(at + 2)));
    const next = nextMarker(bytes, end);
    if (marker === START_OF_SCAN) parts.push(bytes.subarray(at, next));
    else if (marker !== COMMENT && !isApplication(marker)) parts.push(bytes.subarray(at, end));
    at = next;
  }
  return { parts, isCutOff: bytes[at + 1] !== END_OF_IMAGE };
};

/** JPEG (ITU T.81), with EXIF's orientation. */
export const jpeg: PictureFormat = {
  recognises: (bytes) => bytes[0] === 0xff && bytes[1] === 0xd8 && bytes[2] === 0xff,
  read: (bytes) => {
    const found = segmentsOf(bytes);
    const frame = found?.segments.find(({ marker }) => isFrame(marker));
    if (!found || !frame || frame.end - frame.data < 6) return undefined;
    const view = viewOf(bytes);
    const orientation = orientationIn(bytes, found.segments);
    const size = upright(view.getUint16(frame.data + 3), view.getUint16(frame.data + 1), orientation);
    const scans = scansOf(bytes, found.scan);
    if (!scans) return undefined;
    return { mimeType: "image/jpeg", ...size, orientation, ...(scans.isCutOff && { isCutOff: true }) };
  },
  strip: (bytes) => {
    const found = segmentsOf(bytes);
    if (!found) return undefined;
    const { segments, scan } = found;
    const scans = scansOf(bytes, scan);
    if (!scans) return undefined;
    const orientation = orientationIn(bytes, segments);
    const kept = segments
      .filter(
        (segment) =>
          segment.marker !== COMMENT && (!isApplication(segment.marker) || isOfThePixels(bytes, segment)),
      )
      .map(({ start, end }) => bytes.subarray(start, end));
    return joined([
      bytes.subarray(0, 2),
      ...(orientation === 1 ? [] : [exifSegment(orientation)]),
      ...kept,
      ...scans.parts,
      Uint8Array.of(0xff, END_OF_IMAGE),
    ]);
  },
};
