import { pngOf } from "../../src/core/media/index.ts";

type Colour = readonly [red: number, green: number, blue: number];

/** Returns a PNG of one colour. */
export const makePng = (width: number, height: number, colour: Colour): Uint8Array<ArrayBuffer> => {
  const row = [0, ...Array.from({ length: width }, () => colour).flat()];
  const rows = new Uint8Array(row.length * height);
  for (let y = 0; y < height; y++) rows.set(row, y * row.length);
  return pngOf({ width, height, bitDepth: 8, colour: "rgb" }, rows);
};

/** Returns an EXIF block that holds an orientation and a GPS position. */
export const exifBlock = (orientation: number): Uint8Array => {
  const text = new TextEncoder();
  const bytes = new Uint8Array(120);
  const view = new DataView(bytes.buffer);
  bytes.set(text.encode("II"), 0);
  view.setUint16(2, 42, true);
  view.setUint32(4, 8, true);
  view.setUint16(8, 2, true);
  const entry = (at: number, tag: number, type: number, value: number) => {
    view.setUint16(at, tag, true);
    view.setUint16(at + 2, type, true);
    view.setUint32(at + 4, 1, true);
    view.setUint32(at + 8, value, true);
  };
  entry(10, 0x0112, 3, orientation);
  entry(22, 0x8825, 4, 40);
  bytes.set(text.encode(GPS), 60);
  return bytes;
};

/** The text that must not remain in a cleaned file. */
export const GPS = "GPS 39.9042 116.4074";

const joined = (...parts: Uint8Array[]): Uint8Array<ArrayBuffer> => new Uint8Array(Buffer.concat(parts));

/** Adds EXIF, XMP and a comment to a JPEG, and bytes after its end. */
export const jpegWithMetadata = (jpeg: Uint8Array, orientation: number): Uint8Array<ArrayBuffer> => {
  const text = new TextEncoder();
  const segment = (marker: number, content: Uint8Array) => {
    const head = new Uint8Array([0xff, marker, 0, 0]);
    new DataView(head.buffer).setUint16(2, content.length + 2);
    return joined(head, content);
  };
  return joined(
    jpeg.subarray(0, 2),
    segment(0xe1, joined(text.encode("Exif\0\0"), exifBlock(orientation))),
    segment(0xe1, text.encode(`http://ns.adobe.com/xap/1.0/\0${GPS}`)),
    segment(0xfe, text.encode(GPS)),
    jpeg.subarray(2),
    text.encode(GPS),
  );
};

/** Adds a text chunk and EXIF to a PNG, and bytes after its end. */
export const pngWithMetadata = (png: Uint8Array, orientation: number): Uint8Array<ArrayBuffer> => {
  const chunk = (type: string, content: Uint8Array) => {
    const head = new Uint8Array(8);
    new DataView(head.buffer).setUint32(0, content.length);
    head.set(new TextEncoder().encode(type), 4);
    // The checksum may be wrong, because readers skip these chunks.
    return joined(head, content, new Uint8Array(4));
  };
  const text = new TextEncoder().encode(`Comment\0${GPS}`);
  const after = 8 + 25;
  return joined(
    png.subarray(0, after),
    chunk("eXIf", exifBlock(orientation)),
    chunk("tEXt", text),
    png.subarray(after),
    text,
  );
};

/** Makes an extended WebP from a simple one and adds EXIF and XMP. */
export const webpWithMetadata = (
  webp: Uint8Array,
  width: number,
  height: number,
): Uint8Array<ArrayBuffer> => {
  const text = new TextEncoder();
  const chunk = (type: string, content: Uint8Array) => {
    const head = new Uint8Array(8);
    head.set(text.encode(type));
    new DataView(head.buffer).setUint32(4, content.length, true);
    return joined(head, content, new Uint8Array(content.length & 1));
  };
  const extended = new Uint8Array(10);
  extended[0] = 0x0c;
  new DataView(extended.buffer).setUint32(4, width - 1, true);
  new DataView(extended.buffer).setUint16(7, height - 1, true);
  const body = joined(
    chunk("VP8X", extended),
    webp.subarray(12),
    chunk("EXIF", exifBlock(1)),
    chunk("XMP ", text.encode(GPS)),
  );
  const head = joined(text.encode("RIFF"), new Uint8Array(4), text.encode("WEBP"));
  new DataView(head.buffer).setUint32(4, body.length + 4, true);
  return joined(head, body);
};

/** Returns a GIF of one pixel with a comment. */
export const gifWithMetadata = (): Uint8Array<ArrayBuffer> => {
  const plain = Buffer.from("R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7", "base64");
  const comment = joined(
    new Uint8Array([0x21, 0xfe, GPS.length]),
    new TextEncoder().encode(GPS),
    new Uint8Array(1),
  );
  return joined(plain.subarray(0, 19), comment, plain.subarray(19));
};

export const containsText = (bytes: Uint8Array, text: string): boolean => Buffer.from(bytes).includes(text);
