import { type IAudioMetadata, parseFromTokenizer, selectCover } from "music-metadata";
import { type PictureFacts, readPicture } from "../../../../core/media/index.ts";
import { legacyBytes, readLegacyText } from "../../../../lib/legacy-text.ts";
import { shortLine } from "../../../../lib/text.ts";
import { withCleanTag } from "./clean-tags.ts";
import type { AudioKind } from "./kind.ts";
import type { AudioSource } from "./source.ts";
import { SourceTokenizer } from "./tokenizer.ts";

/** The tags of a file. */
export interface AudioTags {
  readonly title?: string;
  readonly artist?: string;
  readonly album?: string;
  readonly genre?: string;
  readonly year?: number;
  /** Track number on the album. */
  readonly track?: number;
}

/** A part of the file that was not kept: its cover is larger than 5 MiB, or is not a readable picture. */
export type AudioWarning = "cover_too_large" | "cover_unreadable";

/** A picture that is embedded in a file, exactly as stored; its pixels are not decoded. */
export interface AudioCover {
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** Detected from the bytes. */
  readonly mediaType: PictureFacts["mimeType"];
}

const MAX_TEXT = 500;
/** Limit for the characters of a text that are processed, since parsers return texts of megabytes. */
const MAX_RAW_TEXT = 16 * 1_024;
const MAX_COVER_BYTES = 5 * 1_024 * 1_024;
const YEARS = { min: 1, max: 9_999 } as const;

/** Kinds of tags that do not state a text encoding. The parser reads them as Latin-1. */
const WITHOUT_ENCODING: readonly string[] = ["ID3v1", "exif"];

/**
 * Decodes text again that the parser read as Latin-1. If the tag states no encoding, the encoding is detected;
 * otherwise the text is only checked for UTF-8.
 */
const decoded = (whole: string, isWithoutEncoding: boolean): string | undefined => {
  const text = whole.slice(0, MAX_RAW_TEXT);
  const bytes = legacyBytes(text);
  if (!bytes) return text;
  if (isWithoutEncoding) return readLegacyText(bytes);
  try {
    // If the text was cut, an incomplete character at its end is not an error.
    const stream = text.length < whole.length;
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: false }).decode(bytes, { stream });
  } catch {
    return text;
  }
};

/** Returns a function that decodes and cleans the texts of a file: one line each, without invisible characters. */
const textReader = ({ native }: IAudioMetadata) => {
  const textsOf = (isWithoutEncoding: boolean): ReadonlySet<unknown> =>
    new Set(
      Object.entries(native)
        .filter(([kind]) => WITHOUT_ENCODING.includes(kind) === isWithoutEncoding)
        .flatMap(([, tags]) => tags.map(({ value }) => value)),
    );
  const [uncertain, certain] = [textsOf(true), textsOf(false)];
  return (text: string | undefined): string | undefined => {
    if (text === undefined) return undefined;
    return shortLine(decoded(text, uncertain.has(text) && !certain.has(text)) ?? "", MAX_TEXT) || undefined;
  };
};

const numberOf = (number: number | null | undefined, max: number): number | undefined =>
  Number.isInteger(number) && number && number >= YEARS.min && number <= max ? number : undefined;

interface FoundCover {
  readonly cover?: AudioCover;
  readonly warnings: readonly AudioWarning[];
}

const coverOf = ({ common }: IAudioMetadata): FoundCover => {
  const picture = selectCover(common.picture);
  if (!picture) return { warnings: [] };
  if (picture.data.length > MAX_COVER_BYTES) return { warnings: ["cover_too_large"] };
  const mediaType = readPicture(picture.data)?.mimeType;
  if (!mediaType) return { warnings: ["cover_unreadable"] };
  // A copy, because a view of the tag would keep all of it in memory.
  return { cover: { bytes: picture.data.slice(), mediaType }, warnings: [] };
};

/** Reads the tags and the cover of a file, in any tag format. Broken tags give an empty result. */
export const readTags = async (
  source: AudioSource,
  { mediaType }: AudioKind,
): Promise<FoundCover & { readonly tags: AudioTags }> => {
  let metadata: IAudioMetadata;
  try {
    const tokenizer = new SourceTokenizer(await withCleanTag(source), mediaType);
    metadata = await parseFromTokenizer(tokenizer, { duration: false });
  } catch {
    return { tags: {}, warnings: [] };
  }
  const { title, artist, album, genre, year, track } = metadata.common;
  const textOf = textReader(metadata);
  const said = {
    title: textOf(title),
    artist: textOf(artist),
    album: textOf(album),
    genre: textOf(genre?.[0]),
    year: numberOf(year, YEARS.max),
    track: numberOf(track.no, YEARS.max),
  };
  const tags = Object.fromEntries(Object.entries(said).filter(([, value]) => value !== undefined));
  return { tags, ...coverOf(metadata) };
};
