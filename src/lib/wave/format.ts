import { ok } from "../result.ts";

/** A value, or the reason why the file is refused, which the client receives. */
export type WaveRead<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly reason: string };

export const refuse = (reason: string) => ({ ok: false as const, reason });

/** How samples are encoded in a WAV file. */
export type WaveCoding = "integer" | "float" | "alaw" | "mulaw";

/** The format of the samples, from the chunk `fmt ` of a WAV file. */
export interface WaveFormat {
  readonly coding: WaveCoding;
  /** Bytes per stored sample; an integer of 20 bits takes three. */
  readonly sampleBytes: number;
  readonly channels: number;
  /** In Hz. */
  readonly sampleRate: number;
}

/** Size of the chunk `fmt ` in the extensible format. */
export const FORMAT_BYTES = 40;
const MIN_FORMAT_BYTES = 16;
const EXTENSIBLE = 0xfffe;
const SUB_FORMAT_AT = 24;
const CODINGS: Readonly<Record<number, WaveCoding>> = { 1: "integer", 3: "float", 6: "alaw", 7: "mulaw" };
const SAMPLE_BYTES: Readonly<Record<WaveCoding, readonly number[]>> = {
  integer: [1, 2, 3, 4],
  float: [4, 8],
  alaw: [1],
  mulaw: [1],
};
/**
 * The GUID of a sub-format without its leading number: the one for registered formats, and the one for Ambisonics.
 */
const GUIDS = ["000000001000800000aa00389b71", "00002107d3118644c8c1ca000000"];
/** Names of encodings that are not supported. */
const OTHERS: Readonly<Record<number, string>> = {
  2: "Microsoft ADPCM",
  17: "IMA ADPCM",
  49: "GSM 6.10",
  69: "G.726",
  80: "MPEG audio",
  85: "MP3",
  100: "G.726",
  101: "G.722",
  255: "AAC",
  353: "WMA",
  5632: "AAC",
  8192: "AC-3",
  8193: "DTS",
  61868: "FLAC",
};

const viewOf = (bytes: Uint8Array): DataView =>
  new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);

const encodingName = (tag: number): string => OTHERS[tag] ?? `0x${tag.toString(16).padStart(4, "0")}`;

/** Returns the number of the encoding; the extensible format has it inside a GUID. */
const tagOf = (bytes: Uint8Array): number => {
  const view = viewOf(bytes);
  const tag = view.getUint16(0, true);
  if (tag !== EXTENSIBLE || bytes.length < FORMAT_BYTES) return tag;
  const guid = Array.from(bytes.subarray(SUB_FORMAT_AT + 2, FORMAT_BYTES), (byte) =>
    byte.toString(16).padStart(2, "0"),
  ).join("");
  return GUIDS.includes(guid) ? view.getUint16(SUB_FORMAT_AT, true) : tag;
};

/** Reads the content of the chunk `fmt `. */
export const readWaveFormat = (bytes: Uint8Array): WaveRead<WaveFormat> => {
  if (bytes.length < MIN_FORMAT_BYTES) return refuse("the fmt chunk of the WAV file is cut off");
  const view = viewOf(bytes);
  const tag = tagOf(bytes);
  const coding = CODINGS[tag];
  if (!coding) return refuse(`WAV with the encoding ${encodingName(tag)} is not supported`);
  const channels = view.getUint16(2, true);
  const sampleRate = view.getUint32(4, true);
  if (channels === 0 || sampleRate === 0)
    return refuse("the WAV file states 0 channels or a sample rate of 0");
  const bits = view.getUint16(14, true);
  const usedBytes = Math.ceil(bits / 8);
  // Some writers store 24 bits in four bytes. In other cases the block size is often wrong, and it is not needed.
  const sampleBytes = usedBytes === 3 && view.getUint16(12, true) === 4 * channels ? 4 : usedBytes;
  if (!SAMPLE_BYTES[coding].includes(sampleBytes))
    return refuse(`WAV with ${coding} samples of ${bits} bits is not supported`);
  return ok({ coding, sampleBytes, channels, sampleRate });
};

/** Reads a sample at a byte offset, from -1 to 1. */
export type ReadSample = (view: DataView, at: number) => number;

/** G.711 A-law: a sign, three bits of exponent and four of mantissa, with every other bit inverted. */
const ALAW: Float32Array = Float32Array.from({ length: 256 }, (_, byte) => {
  const bits = byte ^ 0x55;
  const exponent = (bits >> 4) & 7;
  const mantissa = ((bits & 15) << 4) + (exponent === 0 ? 8 : 0x108);
  const level = mantissa << Math.max(0, exponent - 1);
  return ((bits & 0x80) === 0 ? -level : level) / 32_768;
});

/** G.711 µ-law: the same parts with all bits inverted and a bias. */
const MULAW: Float32Array = Float32Array.from({ length: 256 }, (_, byte) => {
  const bits = ~byte & 0xff;
  const level = ((((bits & 15) << 3) + 0x84) << ((bits >> 4) & 7)) - 0x84;
  return ((bits & 0x80) === 0 ? level : -level) / 32_768;
});

/** Returns the function that reads one sample of a format. */
export const sampleReaderOf = ({ coding, sampleBytes }: WaveFormat): ReadSample => {
  switch (coding) {
    case "alaw":
      return (view, at) => ALAW[view.getUint8(at)] ?? 0;
    case "mulaw":
      return (view, at) => MULAW[view.getUint8(at)] ?? 0;
    case "float":
      return sampleBytes === 4
        ? (view, at) => view.getFloat32(at, true)
        : (view, at) => view.getFloat64(at, true);
    case "integer":
      break;
  }
  // Unused bits are the lowest ones, so the size of the container alone determines the scale.
  switch (sampleBytes) {
    case 1:
      return (view, at) => (view.getUint8(at) - 128) / 128;
    case 2:
      return (view, at) => view.getInt16(at, true) / 32_768;
    case 3:
      return (view, at) => ((view.getInt8(at + 2) << 16) | view.getUint16(at, true)) / 8_388_608;
    default:
      return (view, at) => view.getInt32(at, true) / 2_147_483_648;
  }
};
