import { fileTypeFromTokenizer } from "file-type";
import { isWave } from "../../../../lib/wave/index.ts";
import { flacProblem, isFlac } from "./flac.ts";
import { positionAfterTags } from "./id3.ts";
import { m4aProblem } from "./m4a.ts";
import { findMpegStream } from "./mpeg-stream.ts";
import { type AudioSource, buffered } from "./source.ts";
import { SourceTokenizer } from "./tokenizer.ts";
import { wavProblem } from "./wav.ts";

export const AUDIO_FORMATS = ["mp3", "wav", "flac", "aac", "m4a"] as const;
export type AudioFormat = (typeof AUDIO_FORMATS)[number];

/** The type of a file, detected from its bytes. */
export interface AudioKind {
  readonly format: AudioFormat;
  /** The container around the audio data. */
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

/** A file whose audio can be decoded, or the reason for its refusal, which the client receives. */
export type Identified =
  | { readonly ok: true; readonly kind: AudioKind; readonly start: number }
  | { readonly ok: false; readonly reason: string };

/** Extensions that file-type reports for files that begin with a box `ftyp`. Their tracks decide what they are. */
const MP4_NAMES: readonly string[] = "m4a m4b m4p m4v f4a f4b f4p f4v mp4 3gp 3g2 mov".split(" ");
/**
 * Extensions that file-type reports for any file with two bytes of a frame header near its beginning, audio or not.
 */
const MPEG_NAMES: readonly string[] = ["mp1", "mp2", "mp3", "aac"];
const HEAD_BYTES = 12;

const refuse = (reason: string) => ({ ok: false as const, reason });
const taken = (format: AudioFormat, start: number): Identified => ({ ok: true, kind: KINDS[format], start });
const takenUnless = (problem: string | undefined, format: AudioFormat, start: number): Identified =>
  problem === undefined ? taken(format, start) : refuse(problem);

const identify = async (source: AudioSource): Promise<Identified> => {
  const behind = await positionAfterTags(source);
  // A tag that claims to be longer than the file does not say where the audio begins.
  const start = behind < source.size ? behind : 0;
  const head = await source.read(start, HEAD_BYTES);
  if (isWave(head)) return takenUnless(await wavProblem(source, start), "wav", start);
  if (isFlac(head)) return takenUnless(await flacProblem(source, start), "flac", start);
  // After an ID3 tag comes MPEG audio, or something that file-type does not recognise there either.
  const detected =
    start > 0 ? undefined : await fileTypeFromTokenizer(new SourceTokenizer(source)).catch(() => undefined);
  if (detected && MP4_NAMES.includes(detected.ext))
    return takenUnless(await m4aProblem(source), "m4a", start);
  if (detected && !MPEG_NAMES.includes(detected.ext)) return refuse(`${detected.mime} is not supported`);
  const stream = await findMpegStream(source, start);
  if (stream) return taken(stream.format, stream.start);
  return refuse(
    detected && detected.ext !== "mp3" && detected.ext !== "aac"
      ? "MPEG audio of layer I or II is not supported"
      : "the file contains no MP3 or AAC frames and is not a WAV, FLAC or M4A file",
  );
};

/**
 * Identifies a file by its bytes, not by its name. A file whose encoding cannot be decoded is refused. Reads only
 * parts of the file.
 */
export const identifyAudio = async (stored: AudioSource): Promise<Identified> => {
  const source = buffered(stored);
  const identified = await identify(source);
  source.rethrow();
  return identified;
};
