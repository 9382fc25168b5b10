import { PREVIEW_SECONDS } from "../facts.ts";
import { decodeAdts } from "./aac.ts";
import type { Decoded } from "./decoded.ts";
import { decodeFlac } from "./flac.ts";
import { type AudioFormat, type AudioKind, type Identified, identifyAudio } from "./kind.ts";
import { cutM4a, decodeM4a } from "./m4a.ts";
import { decodeMp3 } from "./mp3.ts";
import { type AudioSource, buffered } from "./source.ts";
import { type AudioCover, type AudioTags, type AudioWarning, readTags } from "./tags.ts";
import { decodeWav } from "./wav.ts";

export { WAVEFORM_PEAKS } from "./peaks.ts";
export { type AudioSource, storedAudio } from "./source.ts";
export {
  type AudioCover,
  type AudioFormat,
  type AudioKind,
  type AudioTags,
  type AudioWarning,
  type Identified,
  identifyAudio,
};

/** The result of analysing a file. */
export interface AudioAnalysis extends AudioKind {
  readonly codec: Decoded["codec"];
  /** In seconds, with three decimals. */
  readonly duration: number;
  /** In kbit/s, a whole number, for the sound without tags. */
  readonly bitrate: number;
  /** Hz. */
  readonly sampleRate: number;
  readonly channels: number;
  readonly tags: AudioTags;
  readonly cover: AudioCover | undefined;
  readonly warnings: readonly AudioWarning[];
  /**
   * 200 peaks from 0 to 1, each the loudest sample of any channel in one two-hundredth of the duration, as a share of
   * full scale. If they are estimated, they have no absolute scale and the loudest is 1.
   */
  readonly waveform: readonly number[];
  readonly isEstimated: boolean;
  /** At most `PREVIEW_SECONDS` and at most half of the sound; undefined if no beginning of the file plays on its own. */
  readonly preview: AudioPreview | undefined;
}

/** The beginning of a file: either its first bytes, or a file of its own. */
export type AudioPreview =
  | { readonly seconds: number; readonly bytes: number }
  | { readonly seconds: number; readonly file: Uint8Array };

/**
 * `unsupported`: not a known audio format. `not_decodable`: nothing in the file can be decoded, or it is a tag
 * without sound. `too_long`: more sound than is analysed.
 */
export type AnalysisFailure = "unsupported" | "not_decodable" | "too_long";

export type Analysed =
  | { readonly ok: true; readonly value: AudioAnalysis }
  | { readonly ok: false; readonly failure: AnalysisFailure };

const DECODERS: Readonly<
  Record<AudioFormat, (source: AudioSource, start: number) => Promise<Decoded | undefined>>
> = {
  mp3: decodeMp3,
  wav: decodeWav,
  flac: decodeFlac,
  aac: decodeAdts,
  m4a: decodeM4a,
};

/**
 * Analyses a file. It is read in pieces of 1 MiB, and no more than a few of them are in memory; other requests run
 * between the pieces. A truncated file is analysed as far as it goes. Throws only if the source throws.
 */
export const analyseAudio = async (stored: AudioSource): Promise<Analysed> => {
  const source = buffered(stored);
  const identified = await identifyAudio(source);
  if (!identified.ok) return { ok: false, failure: "unsupported" };
  const { kind, start } = identified;
  const decoded = await DECODERS[kind.format](source, start);
  source.rethrow();
  if (!decoded) return { ok: false, failure: "not_decodable" };
  const { peaks, durationSeconds, bitrateKbps, beginning, ...rest } = decoded;
  if (peaks.isFull) return { ok: false, failure: "too_long" };
  const { tags, cover, warnings } = await readTags(source, kind);
  source.rethrow();
  const seconds = Math.min(PREVIEW_SECONDS, durationSeconds / 2);
  const preview = kind.format === "m4a" ? await cutM4a(source, seconds) : beginning(seconds);
  source.rethrow();
  const duration = Math.round(durationSeconds * 1_000) / 1_000;
  const waveform = peaks.waveform(rest.isEstimated);
  return {
    ok: true,
    value: { ...kind, ...rest, duration, bitrate: bitrateKbps, tags, cover, warnings, waveform, preview },
  };
};
