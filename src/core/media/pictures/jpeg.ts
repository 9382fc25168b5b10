import { orientationOf, orientationOnly } from "./exif.ts";
import { asciiAt, joined, MAX_PARTS, type PictureFormat, upright, viewOf } from "./format.ts";

const START_OF_SCAN = 0xda;
const END_OF_IMAGE = 0xd9;
const COMMENT = 0xfe;
const EXIF = "Exif\0\0";

/**
 * Returns whether a marker is a frame header (baseline, progressive and others). The markers 0xc4, 0xc8 and 0xcc in
 * that range are not frame headers.
 */
const isFrame = (marker: number): boolean =>
  marker >= 0xc0 && marker <= 0xcf && marker !== 0xc4 && marker !== 0xc8 && marker !== 0xcc;

/** Returns whether a marker has no segment: start of image, restart, and the marker for temporary use. */
const isAlone = (marker: number): boolean => marker === 0x01 || (marker >= 0xd0 && marker <= 0xd8);

const isApplication = (marker: number): boolean => marker >= 0xe0 && marker <= 0xef;

/**
 * Returns whether an application segment affects the pixels: JFIF, the colour profile and Adobe's colour transform
 * do.
 */
const isOfThePixels = (bytes: Uint8Array, { marker, data }: Segment): boolean =>
  marker === 0xe0 ||
  (marker === 0xe2 && asciiAt(bytes, data, "ICC_PROFILE\0")) ||
  (marker === 0xee && asciiAt(bytes, data, "Adobe"));

interface Segment {
  readonly marker: number;
  /** Position of its 0xff byte. */
  readonly start: number;
  /** Position after the length field. */
  readonly data: number;
  readonly end: number;
}

/**
 * Returns the segments before the first scan, and the start of the scan. Undefined if the file is truncated, has too
 * many segments or is not a JPEG.
 */
const segmentsOf = (bytes: Uint8Array): { segments: Segment[]; scan: number } | undefined => {
  const segments: Segment[] = [];
  const view = viewOf(bytes);
  let at = 2;
  while (at + 4 <= bytes.length) {
    const marker = bytes[at + 1] ?? 0;
    // Fill bytes may precede a marker. Some writers leave junk there, which decoders skip.
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

/**
 * Returns whether a marker ends the data of a scan: tables, another scan, the end of the image, and segments that may
 * stand between scans.
 */
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
 * Returns the scans from `at` to the end of the image, without the metadata between them. Bytes after the image are
 * dropped: phones append a second picture, a video or a depth map, which have locations of their own. Undefined if
 * there are too many parts.
 */
const scansOf = (
  bytes: Uint8Array,
  at: number,
): { parts: Uint8Array[]; isTruncated: boolean } | undefined => {
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
  return { parts, isTruncated: bytes[at + 1] !== END_OF_IMAGE };
};

/** The JPEG format (ITU T.81), with the orientation of EXIF. */
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
    return { mimeType: "image/jpeg", ...size, orientation, ...(scans.isTruncated && { isTruncated: true }) };
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
