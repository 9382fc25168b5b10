import { sampleReaderOf, waveFormatAt } from "../../speech/index.ts";
import { type Decoded, kbpsOf } from "./decoded.ts";
import { PeakTrack } from "./peaks.ts";
import { type AudioSource, READ_BYTES } from "./source.ts";

const RIFF_HEADER_BYTES = 12;
const CHUNK_HEADER_BYTES = 8;
/** Of an extensible format, with what it is extended by. */
const FORMAT_BYTES = 40;
/** Chunks before the sound: a file has a handful. */
const MAX_CHUNKS = 1_000;
const MAX_CHANNELS = 64;
/** A file that was written as a stream, by somebody who could not go back, says so of its size. */
const UNKNOWN_SIZES: readonly number[] = [0, 0xffff_ffff];

type WaveFormat = NonNullable<ReturnType<typeof waveFormatAt>>;

interface WaveData {
  readonly format: WaveFormat;
  readonly start: number;
  readonly end: number;
}

const findData = async ({ size, read }: AudioSource): Promise<WaveData | undefined> => {
  let format: WaveFormat | undefined;
  let at = RIFF_HEADER_BYTES;
  for (let i = 0; i < MAX_CHUNKS && at + CHUNK_HEADER_BYTES <= size; i++) {
    const head = await read(at, CHUNK_HEADER_BYTES);
    const name = String.fromCharCode(...head.subarray(0, 4));
    const length = new DataView(head.buffer, head.byteOffset).getUint32(4, true);
    const start = at + CHUNK_HEADER_BYTES;
    if (name === "fmt ") {
      const bytes = await read(start, Math.min(length, FORMAT_BYTES));
      format = waveFormatAt(bytes, 0, bytes.length);
    }
    if (name === "data") {
      const end = UNKNOWN_SIZES.includes(length) ? size : Math.min(size, start + length);
      return format && { format, start, end };
    }
    // Chunks are padded to an even length.
    at = start + length + (length & 1);
  }
  return undefined;
};

/** Hears a WAV file: integers of 8 to 32 bits or floating point. A file that is cut off is what is left of it. */
export const decodeWav = async (source: AudioSource): Promise<Decoded | undefined> => {
  const data = await findData(source);
  const readSample = data && sampleReaderOf(data.format);
  if (!readSample) return undefined;
  const { channels, sampleRate, bits } = data.format;
  if (channels < 1 || channels > MAX_CHANNELS || sampleRate < 1) return undefined;
  const sampleBytes = bits / 8;
  const frameBytes = sampleBytes * channels;
  const pieceBytes = READ_BYTES - (READ_BYTES % frameBytes);
  const samples = new Float32Array(pieceBytes / sampleBytes);
  const peaks = new PeakTrack();
  for (let at = data.start; at < data.end && !peaks.isFull; at += pieceBytes) {
    const piece = await source.read(at, Math.min(pieceBytes, data.end - at));
    const frames = Math.floor(piece.length / frameBytes);
    const view = new DataView(piece.buffer, piece.byteOffset, piece.byteLength);
    for (let i = 0; i < frames * channels; i++) samples[i] = readSample(view, i * sampleBytes);
    peaks.add(samples, frames, channels, false);
  }
  if (peaks.frames === 0) return undefined;
  return {
    codec: "pcm",
    durationSeconds: peaks.frames / sampleRate,
    bitrateKbps: kbpsOf(sampleRate * frameBytes, 1),
    sampleRate,
    channels,
    peaks,
    isEstimated: false,
    beginning: (seconds) => {
      const frames = Math.floor(Math.min(seconds * sampleRate, peaks.frames));
      return frames === 0
        ? undefined
        : { seconds: frames / sampleRate, bytes: data.start + frames * frameBytes };
    },
  };
};
