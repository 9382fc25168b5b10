import type { CutFrames } from "./source.ts";

/** Of the block STREAMINFO. */
export interface StreamInfo {
  readonly sampleRate: number;
  readonly channels: number;
  readonly bits: number;
}

interface FrameStart {
  /** Of the frame, or of its first sample where blocks vary in size. */
  readonly number: number;
}

/** Sync code, three bytes of codes, a number of one to seven bytes, sizes of up to four, a checksum. */
const MAX_HEADER_BYTES = 16;
/** A header, a constant subframe and a checksum. */
const MIN_FRAME_BYTES = 10;
/** Blocks of 65,535 samples of eight channels, not compressed. */
const MAX_FRAME_BYTES = 65_535 * 8 * 4 + 1_024;
/** How far a frame's number is behind the one before it when frames were lost between them. */
const MAX_STEP = 65_536 * 64;

const CRC_8: Uint8Array = Uint8Array.from({ length: 256 }, (_, byte) => {
  let crc = byte;
  for (let bit = 0; bit < 8; bit++) crc = crc & 0x80 ? (crc << 1) ^ 0x07 : crc << 1;
  return crc;
});

/** Numbers are written like characters in UTF-8, up to 36 bits of them. */
const readNumber = (bytes: Uint8Array, at: number): { number: number; bytes: number } | undefined => {
  const first = bytes[at] ?? 0xff;
  if (first < 0x80) return { number: first, bytes: 1 };
  const more = Math.clz32(~(first << 24)) - 1;
  if (more < 1 || more > 6) return undefined;
  let number = first & (0x3f >> more);
  for (let i = 1; i <= more; i++) {
    const byte = bytes[at + i] ?? 0;
    if (byte >> 6 !== 2) return undefined;
    number = number * 64 + (byte & 0x3f);
  }
  return { number, bytes: more + 1 };
};

const MID_SIDE = 10;
const RESERVED_BITS = 3;

/** The header of a frame of this stream; undefined where none begins. */
const frameStartAt = (bytes: Uint8Array, at: number, { channels }: StreamInfo): FrameStart | undefined => {
  if (bytes[at] !== 0xff || ((bytes[at + 1] ?? 0) & 0xfe) !== 0xf8) return undefined;
  const [sizes = 0, layout = 0] = [bytes[at + 2], bytes[at + 3]];
  const [block, rate, assignment] = [sizes >> 4, sizes & 15, layout >> 4];
  if (block === 0 || rate === 15 || assignment > MID_SIDE) return undefined;
  if (((layout >> 1) & 7) === RESERVED_BITS || (layout & 1) !== 0) return undefined;
  if ((assignment < 8 ? assignment + 1 : 2) !== channels) return undefined;
  const number = readNumber(bytes, at + 4);
  if (!number) return undefined;
  const blockBytes = block === 6 ? 1 : block === 7 ? 2 : 0;
  const rateBytes = rate === 12 ? 1 : rate === 13 || rate === 14 ? 2 : 0;
  const end = at + 4 + number.bytes + blockBytes + rateBytes;
  let crc = 0;
  for (let i = at; i < end; i++) crc = CRC_8[crc ^ (bytes[i] ?? 0)] ?? 0;
  return crc === bytes[end] ? number : undefined;
};

/**
 * Finds the frames of a FLAC stream: one ends where the next begins. A frame may hold bytes that look like a beginning, so the
 * next has to go on counting. `hear` is told where in the file a frame ends, and answers whether it wants more.
 */
export const framesOfFlac = (
  info: StreamInfo,
  hear: (frame: Uint8Array, end: number) => boolean,
): CutFrames => {
  return (bytes, isEnd, offset) => {
    const limit = isEnd ? bytes.length : bytes.length - MAX_HEADER_BYTES;
    const nextStart = (from: number): number => {
      const at = bytes.indexOf(0xff, from);
      return at < 0 ? limit : at;
    };
    let start: number | undefined;
    let number = 0;
    let at = nextStart(0);
    while (at < limit) {
      const found = frameStartAt(bytes, at, info);
      const isNext =
        found && (start === undefined || (found.number > number && found.number <= number + MAX_STEP));
      if (found && isNext) {
        if (start !== undefined && !hear(bytes.subarray(start, at), offset + at)) return undefined;
        start = at;
        number = found.number;
        at = nextStart(at + MIN_FRAME_BYTES);
      } else {
        at = nextStart(at + 1);
      }
    }
    if (start === undefined) return Math.max(0, limit);
    if (isEnd) {
      hear(bytes.subarray(start), offset + bytes.length);
      return bytes.length;
    }
    // No frame is that long: it was none.
    return bytes.length - start > MAX_FRAME_BYTES ? limit : start;
  };
};
