import { findWaveSound, sampleReaderOf } from "../../../../lib/wave/index.ts";
import { type Decoded, kbpsOf } from "./decoded.ts";
import { PeakTrack } from "./peaks.ts";
import { type AudioSource, READ_BYTES } from "./source.ts";

const MAX_CHANNELS = 64;
const CODECS = { integer: "pcm", float: "pcm", alaw: "alaw", mulaw: "mulaw" } as const;

/** Returns why a WAV file that begins at `start` cannot be decoded; undefined if it can be. */
export const wavProblem = async (source: AudioSource, start: number): Promise<string | undefined> => {
  const found = await findWaveSound(source, start);
  if (!found.ok) return found.reason;
  const { channels } = found.value.format;
  return channels > MAX_CHANNELS ? `WAV with more than ${MAX_CHANNELS} channels is not supported` : undefined;
};

/** Decodes a WAV file of integers, floating point or G.711. A truncated file is decoded as far as it goes. */
export const decodeWav = async (source: AudioSource, origin: number): Promise<Decoded | undefined> => {
  const found = await findWaveSound(source, origin);
  if (!found.ok) return undefined;
  const { format, start, end } = found.value;
  const { channels, sampleRate, sampleBytes, coding } = format;
  if (channels > MAX_CHANNELS) return undefined;
  const readSample = sampleReaderOf(format);
  const frameBytes = sampleBytes * channels;
  const pieceBytes = READ_BYTES - (READ_BYTES % frameBytes);
  const samples = new Float32Array(pieceBytes / sampleBytes);
  const peaks = new PeakTrack();
  for (let at = start; at < end && !peaks.isFull; at += pieceBytes) {
    const piece = await source.read(at, Math.min(pieceBytes, end - at));
    const frames = Math.floor(piece.length / frameBytes);
    const view = new DataView(piece.buffer, piece.byteOffset, piece.byteLength);
    for (let i = 0; i < frames * channels; i++) samples[i] = readSample(view, i * sampleBytes);
    peaks.add(samples, frames, channels, false);
  }
  if (peaks.frames === 0) return undefined;
  return {
    codec: CODECS[coding],
    durationSeconds: peaks.frames / sampleRate,
    bitrateKbps: kbpsOf(sampleRate * frameBytes, 1),
    sampleRate,
    channels,
    peaks,
    isEstimated: false,
    beginning: (seconds) => {
      const frames = Math.floor(Math.min(seconds * sampleRate, peaks.frames));
      return frames === 0 ? undefined : { seconds: frames / sampleRate, bytes: start + frames * frameBytes };
    },
  };
};
