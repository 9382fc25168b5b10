import type { Failure } from "../../../../lib/domain-error.ts";
import { err, ok, type Result } from "../../../../lib/result.ts";
import { findWaveSound, sampleReaderOf, type WaveFormat } from "../../../../lib/wave/index.ts";

/** The formats that clients send: raw 16-bit little-endian mono samples, or a WAV file. */
export const AUDIO_FORMATS = ["pcm", "wav"] as const;
export type AudioFormat = (typeof AUDIO_FORMATS)[number];

/** Decoded audio: one array per channel, with samples from -1 to 1. */
export interface Sound {
  readonly sampleRate: number;
  readonly channels: readonly Float32Array[];
}

const RATES = { min: 8_000, max: 192_000 } as const;
const MAX_CHANNELS = 2;
/** Limit in seconds. Processing longer audio would take longer than clients wait for a response. */
export const MAX_SECONDS = 180;
/**
 * Limit for the samples of all channels together, so a high sample rate or a second channel reduces the allowed
 * length.
 */
const MAX_SAMPLES = MAX_SECONDS * 48_000;

const failed = (detail: string) => err({ code: "ai_failed", detail, isOurs: false });
const viewOf = (bytes: Uint8Array) => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);

const PCM_16: Pick<WaveFormat, "coding" | "sampleBytes"> = { coding: "integer", sampleBytes: 2 };

const soundOf = (bytes: Uint8Array, format: WaveFormat): Result<Sound, Failure<"ai_failed">> => {
  const read = sampleReaderOf(format);
  const { channels: count, sampleRate, sampleBytes } = format;
  if (count < 1 || count > MAX_CHANNELS) return failed(`the audio must have 1 to ${MAX_CHANNELS} channels`);
  if (sampleRate < RATES.min || sampleRate > RATES.max)
    return failed(`sample_rate must be from ${RATES.min} to ${RATES.max} Hz`);
  const frames = Math.floor(bytes.length / (sampleBytes * count));
  if (frames === 0) return failed("the audio has no samples");
  if (frames > sampleRate * MAX_SECONDS)
    return failed(`the audio must not be longer than ${MAX_SECONDS} seconds`);
  if (frames * count > MAX_SAMPLES)
    return failed(`the audio must not have more than ${MAX_SAMPLES} samples over all channels`);
  const view = viewOf(bytes);
  const channels = Array.from({ length: count }, (_, channel) => {
    const samples = new Float32Array(frames);
    for (let i = 0; i < frames; i++) {
      const value = read(view, (i * count + channel) * sampleBytes);
      samples[i] = Number.isFinite(value) ? value : 0;
    }
    return samples;
  });
  return ok({ sampleRate, channels });
};

const readWav = async (bytes: Uint8Array): Promise<Result<Sound, Failure<"ai_failed">>> => {
  const found = await findWaveSound({
    size: bytes.length,
    read: async (offset, length) => bytes.subarray(offset, offset + length),
  });
  if (!found.ok) return failed(found.reason);
  const { format, start, end } = found.value;
  return soundOf(bytes.subarray(start, end), format);
};

/** Decodes the audio that a client sent. */
export const readAudio = async (
  bytes: Uint8Array,
  format: AudioFormat,
  sampleRate: number | undefined,
): Promise<Result<Sound, Failure<"ai_failed">>> => {
  if (format === "wav") return readWav(bytes);
  if (sampleRate === undefined) return failed("sample_rate is required for the format pcm");
  return soundOf(bytes, { ...PCM_16, channels: 1, sampleRate });
};

const toInt16 = (value: number): number =>
  Math.round(Math.max(-1, Math.min(1, value)) * (value < 0 ? 32_768 : 32_767));

const interleaved = ({ channels }: Sound): Uint8Array => {
  const frames = channels[0]?.length ?? 0;
  const bytes = new Uint8Array(frames * channels.length * 2);
  const view = viewOf(bytes);
  for (let i = 0; i < frames; i++) {
    for (const [c, samples] of channels.entries())
      view.setInt16((i * channels.length + c) * 2, toInt16(samples[i] ?? 0), true);
  }
  return bytes;
};

/** Encodes audio as a WAV file with 16 bits per sample. */
export const writeWav = (sound: Sound): Uint8Array<ArrayBuffer> => {
  const samples = interleaved(sound);
  const bytes = new Uint8Array(44 + samples.length);
  const view = viewOf(bytes);
  const name = (at: number, text: string) => bytes.set(new TextEncoder().encode(text), at);
  const count = sound.channels.length;
  name(0, "RIFF");
  view.setUint32(4, 36 + samples.length, true);
  name(8, "WAVEfmt ");
  view.setUint32(16, 16, true);
  view.setUint16(20, 1, true);
  view.setUint16(22, count, true);
  view.setUint32(24, sound.sampleRate, true);
  view.setUint32(28, sound.sampleRate * count * 2, true);
  view.setUint16(32, count * 2, true);
  view.setUint16(34, 16, true);
  name(36, "data");
  view.setUint32(40, samples.length, true);
  bytes.set(samples, 44);
  return bytes;
};

/** Encodes audio in the format that the client sent. */
export const writeAudio = (sound: Sound, format: AudioFormat): Uint8Array =>
  format === "wav" ? writeWav(sound) : interleaved(sound);

/** Mixes all channels into one. */
export const toMono = ({ channels }: Sound): Float32Array => {
  const [first = new Float32Array(), second] = channels;
  return second ? first.map((value, i) => (value + (second[i] ?? 0)) / 2) : first;
};
