import { AacMeter } from "./aac-level.ts";
import { Beginnings } from "./beginning.ts";
import { type Decoded, kbpsOf } from "./decoded.ts";
import { type FrameHeader, framesByLength } from "./frames.ts";
import { PeakTrack } from "./peaks.ts";
import { type AudioSource, readPieces } from "./source.ts";

interface AdtsHeader extends FrameHeader {
  readonly sampleRate: number;
  readonly channels: number;
  /** Bytes of the header alone. */
  readonly headerBytes: number;
  /** Number of raw data blocks in the frame. */
  readonly blocks: number;
  readonly rate: number;
}

const HEADER_BYTES = 7;
const CHECKSUM_BYTES = 2;
const RATES = [
  96_000, 88_200, 64_000, 48_000, 44_100, 32_000, 24_000, 22_050, 16_000, 12_000, 11_025, 8_000, 7_350,
];
const CHANNELS = [0, 1, 2, 3, 4, 5, 6, 8];
/** Samples per channel in a raw data block. */
export const AAC_BLOCK = 1_024;

/** Builds the waveform from consecutive frames. */
export class AacPeaks {
  readonly track = new PeakTrack();
  private readonly meter: AacMeter;
  private level = 0;

  /** `rate` is the index of the sample rate in the AAC tables. */
  constructor(rate: number) {
    this.meter = new AacMeter(rate);
  }

  /** Adds a frame that is `samples` long. */
  add(frame: Uint8Array, samples: number): void {
    const before = this.level;
    this.level = this.meter.levelOf(frame) ?? before;
    // AAC frames overlap: each block of samples is the sum of two consecutive frames.
    this.track.addLevel(Math.sqrt((before ** 2 + this.level ** 2) / 2), samples);
  }
}

export const readAdtsHeader = (bytes: Uint8Array, at: number): AdtsHeader | undefined => {
  // Twelve bits of sync word, and layer 0. This runs for each byte of a file, so it allocates nothing before it has
  // seen both.
  const b1 = bytes[at + 1] ?? 0;
  if (bytes[at] !== 0xff || (b1 & 0xf6) !== 0xf0) return undefined;
  const [b2 = 0, b3 = 0, b4 = 0] = [bytes[at + 2], bytes[at + 3], bytes[at + 4]];
  const [b5 = 0, b6 = 0] = [bytes[at + 5], bytes[at + 6]];
  const rate = (b2 >> 2) & 15;
  const sampleRate = RATES[rate];
  const length = ((b3 & 3) << 11) | (b4 << 3) | (b5 >> 5);
  const headerBytes = HEADER_BYTES + ((b1 & 1) === 1 ? 0 : CHECKSUM_BYTES);
  if (!sampleRate || length <= headerBytes) return undefined;
  const layout = ((b2 & 1) << 2) | (b3 >> 6);
  // Layout 0 means that an element inside the frame describes the channels. That element is not read; two channels
  // are the usual case.
  const channels = CHANNELS[layout] || 2;
  const kind = (((b1 & 8) << 8) | (b2 & 0xfd)) * 8 + layout;
  return { bytes: length, kind, sampleRate, channels, headerBytes, blocks: (b6 & 3) + 1, rate };
};

/** Analyses AAC in ADTS without decoding it, so the waveform is an estimate. */
export const decodeAdts = async (source: AudioSource, start: number): Promise<Decoded | undefined> => {
  let first: AdtsHeader | undefined;
  let peaks: AacPeaks | undefined;
  const beginnings = new Beginnings();
  let bytes = 0;
  const cut = framesByLength(HEADER_BYTES, readAdtsHeader, (frame, header, end) => {
    first ??= header;
    peaks ??= new AacPeaks(header.rate);
    bytes += frame.length;
    peaks.add(frame.subarray(header.headerBytes), AAC_BLOCK * header.blocks);
    beginnings.mark(peaks.track.frames / header.sampleRate, end);
    return !peaks.track.isFull;
  });
  await readPieces(source, start, source.size, cut);
  if (!first || !peaks) return undefined;
  const { sampleRate, channels } = first;
  const durationSeconds = peaks.track.frames / sampleRate;
  const bitrateKbps = kbpsOf(bytes, durationSeconds);
  return {
    codec: "aac",
    durationSeconds,
    bitrateKbps,
    sampleRate,
    channels,
    peaks: peaks.track,
    isEstimated: true,
    beginning: (seconds) => beginnings.within(seconds),
  };
};
