import { Beginnings } from "./beginning.ts";
import { type Decoded, kbpsOf } from "./decoded.ts";
import { LIBFLAC_BITS, LibFlac } from "./decoders/libflac.ts";
import { framesOfFlac, type StreamInfo } from "./flac-frames.ts";
import { PeakTrack } from "./peaks.ts";
import { type AudioSource, readPieces } from "./source.ts";

const MARK_BYTES = 4;
const BLOCK_HEADER_BYTES = 4;
const STREAM_INFO_BYTES = 34;
const LAST_BLOCK = 0x80;
/** Limit for metadata blocks. Real files have a handful. */
const MAX_BLOCKS = 1_000;
/** After this many broken frames in a row the file is given up. */
const MAX_LOST = 10_000;

interface FlacStream extends StreamInfo {
  /** "fLaC" and STREAMINFO, marked as the only metadata block. */
  readonly head: Uint8Array;
  /** Position of the first frame. */
  readonly start: number;
}

const readStream = async ({ size, read }: AudioSource, mark: number): Promise<FlacStream | undefined> => {
  const head = (await read(mark, MARK_BYTES + BLOCK_HEADER_BYTES + STREAM_INFO_BYTES)).slice();
  if (head.length < MARK_BYTES + BLOCK_HEADER_BYTES + STREAM_INFO_BYTES) return undefined;
  if (((head[MARK_BYTES] ?? 0) & ~LAST_BLOCK) !== 0) return undefined;
  const view = new DataView(head.buffer, MARK_BYTES + BLOCK_HEADER_BYTES);
  const packed = view.getUint32(10);
  const info = {
    sampleRate: packed >>> 12,
    channels: ((packed >>> 9) & 7) + 1,
    bits: ((packed >>> 4) & 31) + 1,
  };
  if (info.sampleRate === 0) return undefined;
  let at = mark + MARK_BYTES;
  for (let i = 0; i < MAX_BLOCKS && at + BLOCK_HEADER_BYTES <= size; i++) {
    const header = await read(at, BLOCK_HEADER_BYTES);
    const [kind = 0, high = 0, middle = 0, low = 0] = header;
    at += BLOCK_HEADER_BYTES + ((high << 16) | (middle << 8) | low);
    if ((kind & LAST_BLOCK) === 0) continue;
    head[MARK_BYTES] = LAST_BLOCK;
    return { ...info, head, start: at };
  }
  return undefined;
};

export const isFlac = (head: Uint8Array): boolean => String.fromCharCode(...head.subarray(0, 4)) === "fLaC";

/** Returns why a FLAC file that begins at `mark` cannot be decoded; undefined if it can be. */
export const flacProblem = async (source: AudioSource, mark: number): Promise<string | undefined> => {
  const stream = await readStream(source, mark);
  return stream && stream.start < source.size ? undefined : "the FLAC file ends before its audio frames";
};

/** Estimates how loud a frame is: louder samples need more bits. */
const levelOf = (bytes: number, samples: number): number => 2 ** ((bytes * 8) / samples);

/** Decodes a FLAC file. A broken frame becomes silence; one that is cut off at the end of the file is left out. */
export const decodeFlac = async (source: AudioSource, mark: number): Promise<Decoded | undefined> => {
  const stream = await readStream(source, mark);
  if (!stream) return undefined;
  const { sampleRate, channels } = stream;
  const decoder = new LibFlac(stream.head);
  const isEstimated = !LIBFLAC_BITS.includes(stream.bits);
  const peaks = new PeakTrack();
  const beginnings = new Beginnings();
  let bytes = 0;
  let lost = 0;
  const cut = framesOfFlac(stream, (frame, end) => {
    lost++;
    decoder.decode(frame, (samples, count) => {
      bytes += frame.length;
      // Frames that were lost become silence, so that later sound keeps its position in time.
      peaks.addLevel(0, (lost - 1) * count);
      lost = 0;
      if (isEstimated) peaks.addLevel(levelOf(frame.length, count * channels), count);
      else peaks.add(samples, count, channels, true);
    });
    beginnings.mark(peaks.frames / sampleRate, end);
    return !peaks.isFull && lost < MAX_LOST;
  });
  await readPieces(source, stream.start, source.size, cut);
  if (peaks.frames === 0) return undefined;
  const durationSeconds = peaks.frames / sampleRate;
  const bitrateKbps = kbpsOf(bytes, durationSeconds);
  const beginning = (seconds: number) => beginnings.within(seconds);
  return { codec: "flac", durationSeconds, bitrateKbps, sampleRate, channels, peaks, isEstimated, beginning };
};
