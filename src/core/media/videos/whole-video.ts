import type { ReadBytes } from "./mp4-places.ts";

/** Boxes and elements begin within a few bytes of each other at most: one read serves several of them. */
const WINDOW_BYTES = 64 * 1_024;
/** A box or element header is never longer. */
const HEADER_BYTES = 16;
/** What is looked at of a file of very many parts; a cut shows in the part it is in, and that is the last one. */
const MAX_PARTS = 50_000;

type Peek = (at: number) => Promise<DataView>;

/** Headers of a file, read in windows. A view is shorter than a header at the end of the file. */
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

/** ISO base media (MP4, QuickTime): every box ends within the file, and there are an index and media. */
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
    // Zero says: to the end of the file.
    const length = given === 0 ? size - at : given;
    const header = isLong ? 16 : 8;
    if (length < header || !/^[ -~\u00a9]{4}$/.test(type)) {
      // Some writers pad the end.
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
  /** Undefined where its writer did not know it. */
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

/** Matroska and WebM (RFC 9559): the segment and what is in it end within the file, and there are tracks and clusters. */
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
    // The parts of a segment of a known length lie within the file as it does.
    if (segment?.length !== undefined && hasTracks && hasMedia) return undefined;
    // A segment, and a cluster of a live recording, are walked into; the rest is stepped over.
    if (id !== SEGMENT && length === undefined && id !== CLUSTER) return "an element has no length";
    at = id === SEGMENT || length === undefined ? content : content + length;
  }
  if (!segment) return "the segment is missing";
  if (!hasTracks) return "the tracks are missing";
  return hasMedia ? undefined : "the clusters are missing";
};

/**
 * What is wrong with a video that claims to be complete and of a media type; undefined where nothing is. Looks at the structure of
 * the container only, so a file of any size takes a few reads.
 */
export const flawOfVideo = async (
  read: ReadBytes,
  size: number,
  mediaType: string,
): Promise<string | undefined> => {
  if (size === 0) return "the file is empty";
  const peek = peekInto(read, size);
  return mediaType === "video/webm" ? flawOfWebm(peek, size) : flawOfMp4(peek, size);
};
