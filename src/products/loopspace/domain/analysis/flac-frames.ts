import type { CutFrames } from "./source.ts";

/** Values from the STREAMINFO block. */
export interface StreamInfo {
  readonly sampleRate: number;
  readonly channels: number;
  readonly bits: number;
}

interface FrameStart {
  /** Number of the frame, or of its first sample if the block size varies. */
  readonly number: number;
}

/** Longest header: four bytes of sync code and codes, up to seven of a number, up to four of sizes, a checksum. */
const MAX_HEADER_BYTES = 16;
/** Shortest frame: a header, a constant subframe and a checksum. */
const MIN_FRAME_BYTES = 10;
/** Longest frame: a block of 65,535 samples of eight channels, uncompressed. */
const MAX_FRAME_BYTES = 65_535 * 8 * 4 + 1_024;
/** How far the number of a frame may be ahead of the previous one, if frames between them were lost. */
const MAX_STEP = 65_536 * 64;

const CRC_8: Uint8Array = Uint8Array.from({ length: 256 }, (_, byte) => {
  let crc = byte;
  for (let bit = 0; bit < 8; bit++) crc = crc & 0x80 ? (crc << 1) ^ 0x07 : crc << 1;
  return crc;
});

/** Reads a frame or sample number, which is coded like UTF-8 but with up to 36 bits. */
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

/** Reads the header of a frame of this stream; undefined if none begins at `at`. */
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
 * Finds the frames of a FLAC stream. A header does not state the length of its frame, so a frame ends where the next
 * one begins. A frame may contain bytes that look like a header, so the number of the next frame has to be higher.
 * `onFrame` receives each frame and its end position in the file, and returns whether to continue.
 */
export const framesOfFlac = (
  info: StreamInfo,
  onFrame: (frame: Uint8Array, end: number) => boolean,
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
        if (start !== undefined && !onFrame(bytes.subarray(start, at), offset + at)) return undefined;
        start = at;
        number = found.number;
        at = nextStart(at + MIN_FRAME_BYTES);
      } else {
        at = nextStart(at + 1);
      }
    }
    if (start === undefined) return Math.max(0, limit);
    if (isEnd) {
      onFrame(bytes.subarray(start), offset + bytes.length);
      return bytes.length;
    }
    // No frame is this long, so `start` was not a frame.
    return bytes.length - start > MAX_FRAME_BYTES ? limit : start;
  };
};
