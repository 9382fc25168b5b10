import { err, ok, type Result } from "../../lib/result.ts";

/** What clients send: raw 16-bit little-endian mono samples, or a WAV file. */
export const AUDIO_FORMATS = ["pcm", "wav"] as const;
export type AudioFormat = (typeof AUDIO_FORMATS)[number];

/** Sound, one array a channel, from -1 to 1. */
export interface Sound {
  readonly sampleRate: number;
  readonly channels: readonly Float32Array[];
}

const RATES = { min: 8_000, max: 192_000 } as const;
const MAX_CHANNELS = 2;
/** Longer than anybody waits for an answer. */
export const MAX_SECONDS = 180;
/** Of all channels: what a high rate or a second channel cost is paid with time. */
const MAX_SAMPLES = MAX_SECONDS * 48_000;

const failed = (detail: string) => err({ code: "ai_failed", detail, isOurs: false });
const viewOf = (bytes: Uint8Array) => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
const nameAt = (bytes: Uint8Array, at: number): string => String.fromCharCode(...bytes.subarray(at, at + 4));

/** WAVE_FORMAT_PCM, _IEEE_FLOAT, _EXTENSIBLE. */
const PCM = 1;
const FLOAT = 3;
const EXTENSIBLE = 0xfffe;

/** How the samples of a WAV file lie. */
export interface WaveFormat {
  readonly isFloat: boolean;
  readonly bits: number;
  readonly channels: number;
  readonly sampleRate: number;
}

/** Reads a chunk `fmt ` of `size` bytes; undefined for what is neither PCM nor floating point. */
export const formatAt = (bytes: Uint8Array, at: number, size: number): WaveFormat | undefined => {
  if (size < 16) return undefined;
  const view = viewOf(bytes);
  const tag = view.getUint16(at, true);
  // What an extensible format is says the beginning of its GUID.
  const kind = tag === EXTENSIBLE && size >= 26 ? view.getUint16(at + 24, true) : tag;
  if (kind !== PCM && kind !== FLOAT) return undefined;
  return {
    isFloat: kind === FLOAT,
    channels: view.getUint16(at + 2, true),
    sampleRate: view.getUint32(at + 4, true),
    bits: view.getUint16(at + 14, true),
  };
};

/** Reads a sample at a byte offset, from -1 to 1. */
export type ReadSample = (view: DataView, at: number) => number;

/** How to read samples that lie so; undefined for a size nobody uses. */
export const readerOf = ({ isFloat, bits }: WaveFormat): ReadSample | undefined => {
  if (isFloat) return bits === 32 ? (view, at) => view.getFloat32(at, true) : undefined;
  switch (bits) {
    case 8:
      return (view, at) => (view.getUint8(at) - 128) / 128;
    case 16:
      return (view, at) => view.getInt16(at, true) / 32_768;
    case 24:
      return (view, at) => ((view.getInt8(at + 2) << 16) | view.getUint16(at, true)) / 8_388_608;
    case 32:
      return (view, at) => view.getInt32(at, true) / 2_147_483_648;
    default:
      return undefined;
  }
};

const soundOf = (bytes: Uint8Array, format: WaveFormat): Result<Sound> => {
  const read = readerOf(format);
  const { channels: count, sampleRate, bits } = format;
  if (!read) return failed(`${bits} bits a sample are not known`);
  if (count < 1 || count > MAX_CHANNELS) return failed("one channel or two");
  if (sampleRate < RATES.min || sampleRate > RATES.max)
    return failed(`sample_rate is from ${RATES.min} to ${RATES.max}`);
  const bytesASample = bits / 8;
  const frames = Math.floor(bytes.length / (bytesASample * count));
  if (frames === 0) return failed("there is no sound in it");
  if (frames > sampleRate * MAX_SECONDS) return failed(`at most ${MAX_SECONDS} seconds`);
  if (frames * count > MAX_SAMPLES) return failed(`at most ${MAX_SAMPLES} samples in all`);
  const view = viewOf(bytes);
  const channels = Array.from({ length: count }, (_, channel) => {
    const samples = new Float32Array(frames);
    for (let i = 0; i < frames; i++) {
      const value = read(view, (i * count + channel) * bytesASample);
      samples[i] = Number.isFinite(value) ? value : 0;
    }
    return samples;
  });
  return ok({ sampleRate, channels });
};

const readWav = (bytes: Uint8Array): Result<Sound> => {
  if (bytes.length < 12 || nameAt(bytes, 0) !== "RIFF" || nameAt(bytes, 8) !== "WAVE")
    return failed("this is no WAV file");
  const view = viewOf(bytes);
  let format: WaveFormat | undefined;
  for (let at = 12; at + 8 <= bytes.length; ) {
    const size = view.getUint32(at + 4, true);
    const name = nameAt(bytes, at);
    const end = Math.min(bytes.length, at + 8 + size);
    if (name === "fmt ") format = formatAt(bytes, at + 8, end - at - 8);
    if (name === "data")
      return format ? soundOf(bytes.subarray(at + 8, end), format) : failed("a WAV of a kind not known");
    at += 8 + size + (size & 1);
  }
  return failed("the WAV file has no sound in it");
};

/** Decodes what a client sent. */
export const readAudio = (
  bytes: Uint8Array,
  format: AudioFormat,
  sampleRate: number | undefined,
): Result<Sound> => {
  if (format === "wav") return readWav(bytes);
  if (sampleRate === undefined) return failed("pcm needs its sample_rate");
  return soundOf(bytes, { isFloat: false, bits: 16, channels: 1, sampleRate });
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

/** A WAV file of 16 bits a sample. */
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
  view.setUint16(20, PCM, true);
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

/** Encodes in the format a client sent. */
export const writeAudio = (sound: Sound, format: AudioFormat): Uint8Array =>
  format === "wav" ? writeWav(sound) : interleaved(sound);

/** All channels as one. */
export const toMono = ({ channels }: Sound): Float32Array => {
  const [first = new Float32Array(), second] = channels;
  return second ? first.map((value, i) => (value + (second[i] ?? 0)) / 2) : first;
};
