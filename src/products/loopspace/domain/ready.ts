import { type SQL, sql } from "drizzle-orm";
import type { NewEvent } from "../../../core/webhooks/index.ts";
import { audioTracks } from "../../../platform/db/schema/audio.ts";
import type { AudioAnalysis, AudioWarning } from "./analysis/index.ts";
import { normalizedForSearch, normalizeGenre } from "./search-terms.ts";

/** The columns of a track that its `audio.uploaded` event needs, read just before the track becomes ready. */
export interface TrackValues {
  readonly id: string;
  readonly user_id: number;
  readonly environment: "live" | "sandbox";
  readonly title: string;
  readonly genre: string;
  readonly tags: string;
  readonly visibility: "public" | "private";
  readonly price: number;
}

const msOf = (seconds: number): number => Math.round(seconds * 1_000);

/** Returns the genre that the owner set, or else the genre from the tags of the file. */
const genreBy = (said: TrackValues, { tags }: AudioAnalysis): string =>
  said.genre || normalizeGenre(tags.genre ?? "");

/** SQL condition: the track is still processing, and the owner's values have not changed since they were read. */
const isAsRead = (
  said: TrackValues,
): SQL => sql`id = ${said.id} AND status = 'processing' AND title = ${said.title}
  AND genre = ${said.genre} AND tags = ${said.tags} AND visibility = ${said.visibility} AND price = ${said.price}`;

/**
 * Creates the `audio.uploaded` event. It belongs in the transaction of `readyStatement` and is stored only if that
 * statement is going to change the row.
 */
export const trackReadyEvent = (said: TrackValues, analysis: AudioAnalysis, at: number): NewEvent => ({
  type: "audio.uploaded",
  userId: said.user_id,
  environment: said.environment,
  at,
  when: sql`EXISTS (SELECT 1 FROM ${audioTracks} WHERE ${isAsRead(said)})`,
  data: {
    id: said.id,
    title: said.title,
    genre: genreBy(said, analysis),
    tags: JSON.parse(said.tags) as string[],
    visibility: said.visibility,
    price: said.price,
    duration: msOf(analysis.duration) / 1_000,
  },
});

/**
 * Builds the statement that makes a track ready if the owner's values have not changed since they were read. It
 * returns the id of the row that it changed.
 */
export const readyStatement = (
  said: TrackValues,
  analysis: AudioAnalysis,
  {
    coverKey,
    previewKey,
    warnings,
  }: {
    readonly coverKey: string | null;
    readonly previewKey: string | null;
    readonly warnings: readonly AudioWarning[];
  },
  at: number,
): SQL => {
  const { tags, preview } = analysis;
  const artist = tags.artist ?? null;
  return sql`UPDATE ${audioTracks} SET status = 'ready', claimed_until = NULL, cover_key = ${coverKey},
      warnings = ${warnings.length > 0 ? JSON.stringify(warnings) : null},
      preview_ms = ${preview ? Math.floor(preview.seconds * 1_000) : null},
      preview_bytes = ${preview && "bytes" in preview ? preview.bytes : null}, preview_key = ${previewKey},
      media_type = ${analysis.mediaType}, duration_ms = ${msOf(analysis.duration)}, bitrate = ${analysis.bitrate},
      sample_rate = ${analysis.sampleRate}, channels = ${analysis.channels}, codec = ${analysis.codec},
      artist = ${artist}, artist_words = ${normalizedForSearch(artist)}, album = ${tags.album ?? null}, year = ${tags.year ?? null},
      genre = ${genreBy(said, analysis)}, waveform = ${JSON.stringify(analysis.waveform)},
      is_estimated = ${analysis.isEstimated ? 1 : 0}, updated_at = ${at}
    WHERE ${isAsRead(said)} RETURNING id`;
};
