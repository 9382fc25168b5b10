import { fileTypeFromTokenizer } from "file-type";
import { isM4a } from "./m4a.ts";
import { type AudioSource, windowed } from "./source.ts";
import { SourceTokenizer } from "./tokenizer.ts";

export const AUDIO_FORMATS = ["mp3", "wav", "flac", "aac", "m4a"] as const;
export type AudioFormat = (typeof AUDIO_FORMATS)[number];

/** What a file is by its bytes. */
export interface AudioKind {
  readonly format: AudioFormat;
  /** What the sound lies in. */
  readonly container: "mpeg" | "wave" | "flac" | "adts" | "mp4";
  readonly mediaType: "audio/mpeg" | "audio/wav" | "audio/flac" | "audio/aac" | "audio/mp4";
}

const KINDS: Readonly<Record<AudioFormat, AudioKind>> = {
  mp3: { format: "mp3", container: "mpeg", mediaType: "audio/mpeg" },
  wav: { format: "wav", container: "wave", mediaType: "audio/wav" },
  flac: { format: "flac", container: "flac", mediaType: "audio/flac" },
  aac: { format: "aac", container: "adts", mediaType: "audio/aac" },
  m4a: { format: "m4a", container: "mp4", mediaType: "audio/mp4" },
};

/** Names of MP4 by what it says it is for. Whether a film is in it is seen in its tracks. */
const MP4_NAMES: readonly string[] = ["m4a", "m4b", "f4a", "f4b", "mp4"];
/** Bytes of something else before the first frame: some editors leave them. */
const MAX_OFFSET = 4_092;

const formatOf = async (source: AudioSource): Promise<AudioFormat | undefined> => {
  const detected = await fileTypeFromTokenizer(new SourceTokenizer(source), {
    mpegOffsetTolerance: MAX_OFFSET,
  }).catch(() => undefined);
  if (!detected) return undefined;
  if (MP4_NAMES.includes(detected.ext)) return (await isM4a(source)) ? "m4a" : undefined;
  return AUDIO_FORMATS.find((format) => format === detected.ext);
};

/** What a file is, whatever it is called; undefined for what is no audio we know. Reads some of it only. */
export const audioKindOf = async (stored: AudioSource): Promise<AudioKind | undefined> => {
  const source = windowed(stored);
  const format = await formatOf(source);
  source.rethrow();
  return format && KINDS[format];
};
