import { type IAudioMetadata, parseFromTokenizer, selectCover } from "music-metadata";
import { type PictureFacts, readPicture } from "../../media/index.ts";
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

/** A picture in a file, whole, as it was put there: its pixels are not looked at. */
export interface AudioCover {
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** By its bytes. */
  readonly mediaType: PictureFacts["mimeType"];
}

const MAX_TEXT = 500;
export const MAX_COVER_BYTES = 5 * 1_024 * 1_024;
const YEARS = { min: 1, max: 9_999 } as const;

/** Where tags name no encoding (RIFF, ID3v1) they are read as Latin-1, and written in UTF-8 by most. */
const decoded = (text: string): string => {
  const codes = Array.from(text, (letter) => letter.charCodeAt(0));
  if (codes.some((code) => code > 0xff)) return text;
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: false }).decode(Uint8Array.from(codes));
  } catch {
    return text;
  }
};

/** One line, without what cannot be seen. */
const textOf = (text: string | undefined): string | undefined => {
  const line = decoded(text ?? "")
    .toWellFormed()
    .replace(/[\p{Cc}\p{Cf}\s]+/gu, " ")
    .trim();
  return line ? [...line].slice(0, MAX_TEXT).join("") : undefined;
};

const numberOf = (number: number | null | undefined, max: number): number | undefined =>
  Number.isInteger(number) && number && number >= YEARS.min && number <= max ? number : undefined;

const coverOf = ({ common }: IAudioMetadata): AudioCover | undefined => {
  const picture = selectCover(common.picture);
  if (!picture || picture.data.length > MAX_COVER_BYTES) return undefined;
  const mediaType = readPicture(picture.data)?.mimeType;
  // A view of the whole tag would keep all of it in memory.
  return mediaType && { bytes: picture.data.slice(), mediaType };
};

/** Tags and cover of a file, in whatever way they are written. What is broken says nothing. */
export const readTags = async (
  source: AudioSource,
  { mediaType }: AudioKind,
): Promise<{ tags: AudioTags; cover: AudioCover | undefined }> => {
  const tokenizer = new SourceTokenizer(source, mediaType);
  let metadata: IAudioMetadata;
  try {
    metadata = await parseFromTokenizer(tokenizer, { duration: false });
  } catch {
    return { tags: {}, cover: undefined };
  }
  const { title, artist, album, genre, year, track } = metadata.common;
  const said = {
    title: textOf(title),
    artist: textOf(artist),
    album: textOf(album),
    genre: textOf(genre?.[0]),
    year: numberOf(year, YEARS.max),
    track: numberOf(track.no, YEARS.max),
  };
  const tags = Object.fromEntries(Object.entries(said).filter(([, value]) => value !== undefined));
  return { tags, cover: coverOf(metadata) };
};
