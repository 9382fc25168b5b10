import { type SQL, sql } from "drizzle-orm";
import type { Environment } from "../../../core/access/index.ts";
import type { audioTracks } from "../../../platform/db/schema/audio.ts";

export type TrackStatus = (typeof audioTracks.$inferSelect)["status"];
export type Visibility = (typeof audioTracks.$inferSelect)["visibility"];

/** The reason why a track failed. */
export type TrackFailure = "undecodable" | "too_long" | "internal";

/** The beginning of a track: either an object of its own, or the first bytes of the file. */
export interface TrackPreview {
  readonly durationMs: number;
  readonly key: string;
  /** Length of the preview in bytes; undefined if the preview is the whole object. */
  readonly bytes: number | undefined;
}

/** A track as a viewer sees it. Times are ms UTC. */
export interface Track {
  readonly id: string;
  readonly ownerId: number;
  readonly environment: Environment;
  readonly title: string;
  readonly description: string;
  /** Empty if the track has no genre. */
  readonly genre: string;
  readonly tags: readonly string[];
  readonly visibility: Visibility;
  readonly status: TrackStatus;
  readonly failure: string | null;
  /** Price in credits; 0 is free. */
  readonly price: number;
  readonly key: string;
  readonly mediaType: string;
  readonly bytes: number;
  readonly coverKey: string | null;
  /** Parts of the file that were not kept, see `AudioWarning`. */
  readonly warnings: readonly string[];
  /** The preview that is free to hear; undefined if the track has none. */
  readonly preview: TrackPreview | undefined;
  readonly durationMs: number | null;
  /** kbit/s */
  readonly bitrate: number | null;
  /** Hz */
  readonly sampleRate: number | null;
  readonly channels: number | null;
  readonly codec: string | null;
  readonly artist: string | null;
  readonly album: string | null;
  readonly year: number | null;
  /** 200 peaks from 0 to 1; empty in lists, and before the track is ready. */
  readonly waveform: readonly number[];
  readonly isEstimated: boolean;
  readonly plays: number;
  readonly sales: number;
  readonly createdAt: number;
  readonly updatedAt: number;
  /** When the owner deleted a track that had buyers. Since then only its buyers can use it. */
  readonly withdrawnAt: number | null;
  readonly owner: { readonly uuid: string; readonly username: string; readonly avatarKey: string | null };
  readonly isPurchased: boolean;
}

/** The caller that reads tracks; `userId` is undefined for a guest. */
export interface Viewer {
  readonly userId: number | undefined;
  readonly environment: Environment;
}

interface Row {
  id: string;
  user_id: number;
  environment: "live" | "sandbox";
  title: string;
  description: string;
  genre: string;
  tags: string;
  visibility: "public" | "private";
  status: "processing" | "ready" | "failed";
  failure: string | null;
  price: number;
  key: string;
  media_type: string;
  bytes: number;
  cover_key: string | null;
  warnings: string | null;
  preview_ms: number | null;
  preview_bytes: number | null;
  preview_key: string | null;
  duration_ms: number | null;
  bitrate: number | null;
  sample_rate: number | null;
  channels: number | null;
  codec: string | null;
  artist: string | null;
  album: string | null;
  year: number | null;
  waveform: string | null;
  is_estimated: number;
  plays: number;
  sales: number;
  created_at: number;
  updated_at: number;
  withdrawn_at: number | null;
  uuid: string;
  username: string;
  avatar_key: string | null;
  is_purchased: number;
}

const previewOf = ({ preview_ms, preview_bytes, preview_key, key }: Row): TrackPreview | undefined => {
  if (preview_ms === null) return undefined;
  if (preview_key !== null) return { durationMs: preview_ms, key: preview_key, bytes: undefined };
  return preview_bytes === null ? undefined : { durationMs: preview_ms, key, bytes: preview_bytes };
};

const toTrack = (row: Row): Track => ({
  id: row.id,
  ownerId: row.user_id,
  environment: row.environment,
  title: row.title,
  description: row.description,
  genre: row.genre,
  tags: JSON.parse(row.tags) as string[],
  visibility: row.visibility,
  status: row.status,
  failure: row.failure,
  price: row.price,
  key: row.key,
  mediaType: row.media_type,
  bytes: row.bytes,
  coverKey: row.cover_key,
  warnings: row.warnings === null ? [] : (JSON.parse(row.warnings) as string[]),
  preview: previewOf(row),
  durationMs: row.duration_ms,
  bitrate: row.bitrate,
  sampleRate: row.sample_rate,
  channels: row.channels,
  codec: row.codec,
  artist: row.artist,
  album: row.album,
  year: row.year,
  waveform: row.waveform === null ? [] : (JSON.parse(row.waveform) as number[]),
  isEstimated: row.is_estimated === 1,
  plays: row.plays,
  sales: row.sales,
  createdAt: row.created_at,
  updatedAt: row.updated_at,
  withdrawnAt: row.withdrawn_at,
  owner: { uuid: row.uuid, username: row.username, avatarKey: row.avatar_key },
  isPurchased: row.is_purchased === 1,
});

export const tracksIn = (result: D1Result | undefined): Track[] =>
  ((result?.results ?? []) as unknown as Row[]).map(toTrack);

/**
 * The columns of a track `t` and its owner `u`. The waveform is only read for a single track, because it is large.
 */
export const trackColumns = (
  { userId }: Viewer,
  { withWaveform }: { readonly withWaveform: boolean },
): SQL => sql`
  t.id, t.user_id, t.environment, t.title, t.description, t.genre, t.tags, t.visibility, t.status, t.failure, t.price,
  t.key, t.media_type, t.bytes, t.cover_key, t.warnings, t.preview_ms, t.preview_bytes, t.preview_key, t.duration_ms, t.bitrate, t.sample_rate, t.channels, t.codec, t.artist,
  t.album, t.year, ${withWaveform ? sql`t.waveform` : sql`NULL`} AS waveform, t.is_estimated, t.plays, t.sales,
  t.created_at, t.updated_at, t.withdrawn_at, u.uuid, ifnull(u.display_name, u.username) AS username, u.avatar_key,
  ${
    userId === undefined
      ? sql`0`
      : sql`EXISTS (SELECT 1 FROM audio_purchases AS b WHERE b.audio_id = t.id AND b.buyer_id = ${userId})`
  } AS is_purchased`;

/**
 * SQL condition: the track `t` is ready and public. Withdrawing a track makes it private, so this excludes withdrawn
 * ones.
 */
export const PUBLIC = sql`t.status = 'ready' AND t.visibility = 'public'`;

/** SQL condition: the track `t` has not been withdrawn. */
export const NOT_WITHDRAWN = sql`t.withdrawn_at IS NULL`;

/** Returns whether a viewer may download the whole original file. */
export const canDownload = (track: Track, userId: number | undefined): boolean =>
  track.price === 0 || track.isPurchased || track.ownerId === userId;
