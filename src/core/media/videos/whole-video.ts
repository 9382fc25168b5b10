import type { ReadBytes } from "./mp4-metadata.ts";

/** Size of one read. Headers are often close to each other, so one read serves several of them. */
const WINDOW_BYTES = 64 * 1_024;
/** Longest header of a box or an element. */
const HEADER_BYTES = 16;
/**
 * Limit for the boxes or elements that are checked. Truncation shows in the last one only, so in a file with more of
 * them it is not detected.
 */
const MAX_PARTS = 50_000;

type Peek = (at: number) => Promise<DataView>;

/** Reads headers of a file in windows. At the end of the file the view may be shorter than a header. */
const peekInto = (read: ReadBytes, size: number): Peek => {
  let start = 0;
  let bytes = new Uint8Array();
  return async (at) => {
    const end = Math.min(size, at + HEADER_BYTES);
    if (at < start || end > start + bytes.length) {
      start = at;
      bytes = new Uint8Array(await read(at, Math.min(size, at + WINDOW_BYTES)));
    }
    const from = at - start;
    return new DataView(bytes.buffer, from, Math.max(0, Math.min(HEADER_BYTES, bytes.length - from)));
  };
};

const cutOff = (what: string, missing: number): string => `${what} is cut off: ${missing} bytes are missing`;

const typeOf = (view: DataView): string =>
  String.fromCharCode(view.getUint8(4), view.getUint8(5), view.getUint8(6), view.getUint8(7));

const FIRST_BOXES = new Set(["ftyp", "styp", "moov", "mdat", "wide", "free", "skip", "pnot"]);

/** Checks ISO base media (MP4, QuickTime): every box ends within the file, and an index and media exist. */
const flawOfMp4 = async (peek: Peek, size: number): Promise<string | undefined> => {
  let hasIndex = false;
  let mediaBytes = 0;
  for (let at = 0, parts = 0; at < size && parts < MAX_PARTS; parts++) {
    const view = await peek(at);
    if (view.byteLength < 8) return "the file ends inside a box header";
    const type = typeOf(view);
    if (parts === 0 && !FIRST_BOXES.has(type)) return "the file does not begin as an MP4";
    const isLong = view.getUint32(0) === 1;
    if (isLong && view.byteLength < 16) return "the file ends inside a box header";
    const given = isLong ? Number(view.getBigUint64(8)) : view.getUint32(0);
    // A size of zero means that the box extends to the end of the file.
    const length = given === 0 ? size - at : given;
    const header = isLong ? 16 : 8;
    if (length < header || !/^[ -~\u00a9]{4}$/.test(type)) {
      // Some writers add padding at the end.
      if (hasIndex && mediaBytes > 0) return undefined;
      return "a box has no valid header";
    }
    if (at + length > size) return cutOff(`box ${type}`, at + length - size);
    if (type === "moov") hasIndex = length > header;
    if (type === "mdat") mediaBytes += length - header;
    at += length;
  }
  if (!hasIndex) return "the index (moov) is missing";
  return mediaBytes > 0 ? undefined : "the media (mdat) are missing";
};

const EBML = 0x1a45dfa3;
const SEGMENT = 0x18538067;
const TRACKS = 0x1654ae6b;
const CLUSTER = 0x1f43b675;

interface Element {
  readonly id: number;
  readonly content: number;
  /** Undefined if the writer did not know the length. */
  readonly length: number | undefined;
}

const elementAt = async (peek: Peek, at: number): Promise<Element | undefined> => {
  const view = await peek(at);
  if (view.byteLength === 0) return undefined;
  const idBytes = Math.clz32(view.getUint8(0)) - 23;
  if (idBytes > 4 || view.byteLength <= idBytes) return undefined;
  let id = 0;
  for (let i = 0; i < idBytes; i++) id = id * 256 + view.getUint8(i);
  const first = view.getUint8(idBytes);
  const lengthBytes = Math.clz32(first) - 23;
  if (lengthBytes > 8 || view.byteLength < idBytes + lengthBytes) return undefined;
  let length = first & (2 ** (8 - lengthBytes) - 1);
  let isUnknown = length === 2 ** (8 - lengthBytes) - 1;
  for (let i = 1; i < lengthBytes; i++) {
    const byte = view.getUint8(idBytes + i);
    isUnknown &&= byte === 255;
    length = length * 256 + byte;
  }
  return { id, content: at + idBytes + lengthBytes, length: isUnknown ? undefined : length };
};

/**
 * Checks Matroska and WebM (RFC 9559): the segment and its elements end within the file, and tracks and clusters
 * exist.
 */
const flawOfWebm = async (peek: Peek, size: number): Promise<string | undefined> => {
  const head = await elementAt(peek, 0);
  if (head?.id !== EBML || head.length === undefined) return "the file does not begin as a WebM";
  let at = head.content + head.length;
  let segment: Element | undefined;
  let hasTracks = false;
  let hasMedia = false;
  for (let parts = 0; at < size && parts < MAX_PARTS; parts++) {
    const element = await elementAt(peek, at);
    if (!element) return "the file ends inside an element header";
    const { id, content, length } = element;
    if (length !== undefined && content + length > size)
      return cutOff(`element ${id.toString(16)}`, content + length - size);
    if (id === TRACKS) hasTracks = length !== 0;
    if (id === CLUSTER) hasMedia ||= length === undefined ? content < size : length > 0;
    if (id === SEGMENT) segment = element;
    // The segment has a known length and was checked, so its elements lie within the file, too.
    if (segment?.length !== undefined && hasTracks && hasMedia) return undefined;
    // Continue inside a segment, and inside a cluster of unknown length, as live recordings have it. Skip other
    // elements.
    if (id !== SEGMENT && length === undefined && id !== CLUSTER) return "an element has no length";
    at = id === SEGMENT || length === undefined ? content : content + length;
  }
  if (!segment) return "the segment is missing";
  if (!hasTracks) return "the tracks are missing";
  return hasMedia ? undefined : "the clusters are missing";
};

/**
 * Returns what is wrong with a video that should be complete and of the given media type; undefined if nothing is. It
 * checks only the structure of the container, so a file of any size takes a few reads.
 */
export const videoProblem = async (
  read: ReadBytes,
  size: number,
  mediaType: string,
): Promise<string | undefined> => {
  if (size === 0) return "the file is empty";
  const peek = peekInto(read, size);
  return mediaType === "video/webm" ? flawOfWebm(peek, size) : flawOfMp4(peek, size);
};
