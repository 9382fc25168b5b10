import { Beginnings } from "./beginning.ts";
import { type Decoded, kbpsOf } from "./decoded.ts";
import { Mpg123 } from "./decoders/mpg123.ts";
import { type FrameHeader, framesByLength } from "./frames.ts";
import { PeakTrack } from "./peaks.ts";
import { type AudioSource, readPieces } from "./source.ts";

interface Mp3Header extends FrameHeader {
  readonly sampleRate: number;
  readonly kbps: number;
  readonly channels: number;
}

const HEADER_BYTES = 4;
const LAYER_3 = 1;
const MPEG_1 = 3;
const MONO = 3;
const KBPS_1 = [0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320];
const KBPS_2 = [0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160];
const RATES = [44_100, 48_000, 32_000];
/** Divisors of the sample rates by version code: MPEG 2.5, reserved, MPEG 2, MPEG 1. */
const DIVISORS = [4, 0, 2, 1];

/**
 * Returns undefined if no header of layer III is at `at`. Frames of free-format bitrate count as none, because
 * encoders do not produce them.
 */
export const readMp3Header = (bytes: Uint8Array, at: number): Mp3Header | undefined => {
  // This runs for each byte of a file, so it allocates nothing before it has found a header.
  const b1 = bytes[at + 1] ?? 0;
  if (bytes[at] !== 0xff || (b1 & 0xe0) !== 0xe0 || ((b1 >> 1) & 3) !== LAYER_3) return undefined;
  const [b2 = 0, b3 = 0] = [bytes[at + 2], bytes[at + 3]];
  const version = (b1 >> 3) & 3;
  const rate = (b2 >> 2) & 3;
  const sampleRate = (RATES[rate] ?? 0) / (DIVISORS[version] || Number.POSITIVE_INFINITY);
  const kbps = (version === MPEG_1 ? KBPS_1 : KBPS_2)[b2 >> 4] ?? 0;
  if (!sampleRate || !kbps) return undefined;
  const samplesAByte = version === MPEG_1 ? 144 : 72;
  return {
    bytes: Math.floor((samplesAByte * kbps * 1_000) / sampleRate) + ((b2 >> 1) & 1),
    kind: version * RATES.length + rate,
    sampleRate,
    kbps,
    channels: b3 >> 6 === MONO ? 1 : 2,
  };
};

/**
 * Decodes an MP3 file. Only whole frames of one stream reach the decoder, because it may hang on bytes between them.
 * The bitrate is that of the frames if they agree, else their mean.
 */
export const decodeMp3 = async (source: AudioSource, start: number): Promise<Decoded | undefined> => {
  const decoder = new Mpg123();
  const peaks = new PeakTrack();
  const beginnings = new Beginnings();
  let first: Mp3Header | undefined;
  let frames = 0;
  let bytes = 0;
  // The first frame often holds a table (Xing, Info) instead of sound, and has a bitrate of its own.
  let kbps: number | undefined;
  let isConstant = true;
  let channels = 1;
  const cut = framesByLength(HEADER_BYTES, readMp3Header, (frame, header, end) => {
    first ??= header;
    frames++;
    bytes += frame.length;
    if (frames > 1) {
      kbps ??= header.kbps;
      isConstant &&= header.kbps === kbps;
    }
    channels = Math.max(channels, header.channels);
    // The decoder outputs two equal channels for mono, so only as many as the frame has are read.
    decoder.decode(frame, (samples, count) => peaks.add(samples, count, header.channels, true));
    beginnings.mark(peaks.frames / header.sampleRate, end);
    return !peaks.isFull;
  });
  await readPieces(source, start, source.size, cut);
  if (!first || peaks.frames === 0) return undefined;
  const { sampleRate } = first;
  const durationSeconds = peaks.frames / sampleRate;
  const bitrateKbps = isConstant ? (kbps ?? first.kbps) : kbpsOf(bytes, durationSeconds);
  const beginning = (seconds: number) => beginnings.within(seconds);
  const found = { durationSeconds, bitrateKbps, sampleRate, channels, peaks, beginning };
  return { codec: "mp3", ...found, isEstimated: false };
};
