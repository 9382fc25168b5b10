import { inflateSync } from "node:zlib";

/** One frame of ID3v2, its content without compression and unsynchronisation. */
export interface Id3Frame {
  /** The four-character id. Ids of ID3v2.2 are mapped to those of ID3v2.3. */
  readonly id: string;
  readonly data: Uint8Array;
  /** The frame comes from ID3v2.2, in which pictures have another layout. */
  readonly isOld: boolean;
}

/** Ids of the frames to read. Other frames are skipped without decoding them. */
export interface WantedFrames {
  readonly texts: ReadonlySet<string>;
  readonly pictures: ReadonlySet<string>;
}

interface FrameLayout {
  readonly idBytes: number;
  readonly headerBytes: number;
}

const HEADER_BYTES = 10;
const UNSYNCHRONISED = 0x80;
const EXTENDED = 0x40;
/** Limit for the frames of one tag. Real tags have dozens, and audiobooks with chapters some hundreds. */
const MAX_FRAMES = 4_096;
/** Limit for a text frame, both as stored and decompressed. */
const MAX_TEXT_BYTES = 64 * 1_024;
const MAX_INFLATED_PICTURE_BYTES = 8 * 1_024 * 1_024;
/** Limit for all compressed frames of a tag together, decompressed. */
const MAX_INFLATED_BYTES = 16 * 1_024 * 1_024;
/** Ids of ID3v2.2. iTunes also writes them into tags of ID3v2.3, followed by a zero byte. */
const OLD_IDS: Readonly<Record<string, string>> = {
  TT2: "TIT2",
  TP1: "TPE1",
  TAL: "TALB",
  TCO: "TCON",
  TYE: "TYER",
  TRK: "TRCK",
  PIC: "APIC",
};
const FRAME_ID = /^[A-Z][A-Z0-9]{2}[A-Z0-9\0]?$/;

const uint = (bytes: Uint8Array, at: number, length: number, bits: 7 | 8): number => {
  let value = 0;
  for (let i = 0; i < length; i++) value = value * 2 ** bits + ((bytes[at + i] ?? 0) & (2 ** bits - 1));
  return value;
};

/**
 * Reverses unsynchronisation, which inserts a zero after each 0xff that could look like the start of an audio frame.
 */
const synchronised = (bytes: Uint8Array): Uint8Array => {
  const out = new Uint8Array(bytes.length);
  let length = 0;
  for (let at = 0; at < bytes.length; at++) {
    out[length++] = bytes[at] ?? 0;
    if (bytes[at] === 0xff && bytes[at + 1] === 0) at++;
  }
  return out.subarray(0, length);
};

const idAt = (body: Uint8Array, at: number, { idBytes }: FrameLayout): string =>
  String.fromCharCode(...body.subarray(at, at + idBytes));

/** Returns whether a frame may end at `at`: another frame, padding or the end of the tag follows. */
const isBoundary = (body: Uint8Array, at: number, layout: FrameLayout): boolean =>
  at === body.length || body[at] === 0 || (at < body.length && FRAME_ID.test(idAt(body, at, layout)));

/**
 * Reads the size of a frame. ID3v2.4 uses seven bits of each byte, but iTunes and others wrote eight, and some
 * writers used seven in ID3v2.3. The reading that ends at a frame boundary is used.
 */
const sizeAt = (body: Uint8Array, at: number, major: number, layout: FrameLayout): number => {
  if (major === 2) return uint(body, at + 3, 3, 8);
  const [seven, eight] = [uint(body, at + 4, 4, 7), uint(body, at + 4, 4, 8)];
  const isSeven = body.subarray(at + 4, at + 8).every((byte) => byte < 0x80);
  const [usual, other] = major === 4 && isSeven ? [seven, eight] : [eight, isSeven ? seven : eight];
  const ends = (size: number) => isBoundary(body, at + layout.headerBytes + size, layout);
  return !ends(usual) && ends(other) ? other : usual;
};

/** Decompresses the frames of one tag, up to a limit for all of them together. */
class Inflater {
  private left = MAX_INFLATED_BYTES;

  /** Returns undefined if the data is broken or longer than `max` bytes after decompression. */
  inflate(bytes: Uint8Array, max: number): Uint8Array | undefined {
    const limit = Math.min(max, this.left);
    if (limit === 0) return undefined;
    // A failed attempt counts with its full limit, since it may have done that much work.
    this.left -= limit;
    try {
      const content = new Uint8Array(inflateSync(bytes, { maxOutputLength: limit }));
      this.left += limit - content.length;
      return content;
    } catch {
      return undefined;
    }
  }
}

/** Decodes the content of a frame according to its flags; undefined if it is encrypted or broken. */
const contentOf = (
  data: Uint8Array,
  flags: number,
  major: number,
  isUnsynchronised: boolean,
  inflate: (bytes: Uint8Array) => Uint8Array | undefined,
): Uint8Array | undefined => {
  const bits =
    major === 4
      ? { isPacked: 0x08, isEncrypted: 0x04, isGrouped: 0x40, isUnsynchronised: 0x02, hasLength: 0x01 }
      : { isPacked: 0x80, isEncrypted: 0x40, isGrouped: 0x20, isUnsynchronised: 0, hasLength: 0x80 };
  if ((flags & bits.isEncrypted) !== 0) return undefined;
  const plain = isUnsynchronised || (flags & bits.isUnsynchronised) !== 0 ? synchronised(data) : data;
  const extra = ((flags & bits.isGrouped) === 0 ? 0 : 1) + ((flags & bits.hasLength) === 0 ? 0 : 4);
  const content = plain.subarray(extra);
  return (flags & bits.isPacked) === 0 ? content : inflate(content);
};

/** Returns the wanted frames of a whole ID3v2 tag including its header, for all versions and encodings of the tag. */
export const id3FramesOf = (tag: Uint8Array, { texts, pictures }: WantedFrames): Id3Frame[] => {
  const [major = 0, flags = 0] = [tag[3], tag[5]];
  if (major < 2 || major > 4 || (major === 2 && (flags & EXTENDED) !== 0)) return [];
  const isWhole = (flags & UNSYNCHRONISED) !== 0 && major < 4;
  const body = isWhole ? synchronised(tag.subarray(HEADER_BYTES)) : tag.subarray(HEADER_BYTES);
  const layout = major === 2 ? { idBytes: 3, headerBytes: 6 } : { idBytes: 4, headerBytes: 10 };
  const frames: Id3Frame[] = [];
  const inflater = new Inflater();
  let at = 0;
  if (major > 2 && (flags & EXTENDED) !== 0)
    at = major === 3 ? 4 + uint(body, 0, 4, 8) : Math.max(6, uint(body, 0, 4, 7));
  for (let i = 0; i < MAX_FRAMES && at + layout.headerBytes < body.length; i++) {
    const id = idAt(body, at, layout);
    if (!FRAME_ID.test(id)) break;
    const start = at + layout.headerBytes;
    const end = Math.min(body.length, start + sizeAt(body, at, major, layout));
    const frameFlags = major === 2 ? 0 : (body[at + 9] ?? 0);
    at = end;
    const isOld = id.length === 3 || id.endsWith("\0");
    const name = isOld ? OLD_IDS[id.slice(0, 3)] : id;
    if (name === undefined || !(texts.has(name) || pictures.has(name))) continue;
    const isText = texts.has(name);
    if (isText && end - start > MAX_TEXT_BYTES) continue;
    const max = isText ? MAX_TEXT_BYTES : MAX_INFLATED_PICTURE_BYTES;
    const isShifted = major === 4 && (flags & UNSYNCHRONISED) !== 0;
    const content = contentOf(body.subarray(start, end), frameFlags, major, isShifted, (bytes) =>
      inflater.inflate(bytes, max),
    );
    if (content) frames.push({ id: name, data: content, isOld });
  }
  return frames;
};
