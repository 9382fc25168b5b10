import { type IAudioMetadata, parseFromTokenizer, selectCover } from "music-metadata";
import { legacyBytes, readLegacyText } from "../../../lib/legacy-text.ts";
import { shortLine } from "../../../lib/text.ts";
import { type PictureFacts, readPicture } from "../../media/index.ts";
import { withCleanTag } from "./clean-tags.ts";
import type { AudioKind } from "./kind.ts";
import type { AudioSource } from "./source.ts";
import { SourceTokenizer } from "./tokenizer.ts";

/** What a file says of itself. */
export interface AudioTags {
  readonly title?: string;
  readonly artist?: string;
  readonly album?: string;
  readonly genre?: string;
  readonly year?: number;
  /** Its number on the album. */
  readonly track?: number;
}

/** What of a file was not kept: its cover has more than 5 MiB, or cannot be read as a picture. */
export type AudioWarning = "cover_too_large" | "cover_unreadable";

/** A picture in a file, whole, as it was put there: its pixels are not looked at. */
export interface AudioCover {
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** By its bytes. */
  readonly mediaType: PictureFacts["mimeType"];
}

const MAX_TEXT = 500;
/** Characters of a text that are looked at: parsers give texts of megabytes. */
const MAX_RAW_TEXT = 16 * 1_024;
export const MAX_COVER_BYTES = 5 * 1_024 * 1_024;
const YEARS = { min: 1, max: 9_999 } as const;

/** Kinds of tags that name no encoding: the parser takes them for Latin-1. */
const WITHOUT_ENCODING: readonly string[] = ["ID3v1", "exif"];

/** Bytes that were read as Latin-1, as the text they are; other tags are only looked at for UTF-8. */
const decoded = (whole: string, isWithoutEncoding: boolean): string | undefined => {
  const text = whole.slice(0, MAX_RAW_TEXT);
  const bytes = legacyBytes(text);
  if (!bytes) return text;
  if (isWithoutEncoding) return readLegacyText(bytes);
  try {
    // Half a character is no fault where the text was cut.
    const stream = text.length < whole.length;
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: false }).decode(bytes, { stream });
  } catch {
    return text;
  }
};

/** How to read the texts of a file: each as one line, without what cannot be seen. */
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
  // A view of the whole tag would keep all of it in memory.
  return { cover: { bytes: picture.data.slice(), mediaType }, warnings: [] };
};

/** Tags and cover of a file, in whatever way they are written. What is broken says nothing. */
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
