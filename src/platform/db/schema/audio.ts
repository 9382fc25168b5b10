import { sql } from "drizzle-orm";
import { index, integer, primaryKey, real, sqliteTable, text } from "drizzle-orm/sqlite-core";
import { users } from "./identity.ts";

/**
 * Tracks. Triggers maintain the counts, the score, the genres and the search index (migrations 0005 and 0011). A
 * "shown" track is ready and public. Times are ms UTC.
 */
export const audioTracks = sqliteTable(
  "audio_tracks",
  {
    /** The row id in the search index. */
    seq: integer("seq").primaryKey({ autoIncrement: true }),
    /** `audio_…` */
    id: text("id").notNull().unique(),
    userId: integer("user_id")
      .notNull()
      .references(() => users.id, { onDelete: "cascade" }),
    environment: text("environment", { enum: ["live", "sandbox"] }).notNull(),
    title: text("title").notNull(),
    description: text("description").notNull(),
    /** The normalized form (NFKC) of each text in the search index; null if the text is already normalized. */
    titleWords: text("title_words"),
    artistWords: text("artist_words"),
    descriptionWords: text("description_words"),
    /** In lower case; empty if the track has no genre. */
    genre: text("genre").notNull(),
    tags: text("tags", { mode: "json" }).$type<readonly string[]>().notNull(),
    visibility: text("visibility", { enum: ["public", "private"] }).notNull(),
    status: text("status", { enum: ["processing", "ready", "failed"] }).notNull(),
    /** The reason of a failure, which the owner sees. */
    failure: text("failure"),
    /** Credits; 0 means free. */
    price: integer("price").notNull(),
    /** R2 key of the uploaded file. */
    key: text("key").notNull().unique(),
    mediaType: text("media_type").notNull(),
    bytes: integer("bytes").notNull(),
    coverKey: text("cover_key"),
    /** The parts of the uploaded file that were dropped, which the owner sees. */
    warnings: text("warnings", { mode: "json" }).$type<readonly string[]>(),
    /**
     * The preview that can be heard without a purchase: its length in ms, and either the number of first bytes of the
     * file or the R2 key of a separate object. All three are null if the track has no preview.
     */
    previewMs: integer("preview_ms"),
    previewBytes: integer("preview_bytes"),
    previewKey: text("preview_key"),
    durationMs: integer("duration_ms"),
    /** kbit/s */
    bitrate: integer("bitrate"),
    /** Hz */
    sampleRate: integer("sample_rate"),
    channels: integer("channels"),
    codec: text("codec"),
    artist: text("artist"),
    album: text("album"),
    year: integer("year"),
    /** 200 peaks, each from 0 to 1. */
    waveform: text("waveform", { mode: "json" }).$type<readonly number[]>(),
    isEstimated: integer("is_estimated", { mode: "boolean" }).notNull(),
    plays: integer("plays").notNull().default(0),
    sales: integer("sales").notNull().default(0),
    score: real("score").notNull().default(0),
    /** When the claim of the consumer that processes the track ends, and how many times processing was started. */
    claimedUntil: integer("claimed_until"),
    attempts: integer("attempts").notNull().default(0),
    /** When the owner deleted a track that has buyers. From then on it is private and only its buyers have access. */
    withdrawnAt: integer("withdrawn_at"),
    createdAt: integer("created_at").notNull(),
    updatedAt: integer("updated_at").notNull(),
  },
  (t) => [
    // Includes the columns that decide visibility, so that a deep page skips rows in the index alone.
    index("audio_tracks_by_user").on(
      t.userId,
      t.environment,
      t.createdAt,
      t.seq,
      t.status,
      t.visibility,
      t.withdrawnAt,
    ),
    index("audio_tracks_popular")
      .on(t.environment, t.score, t.seq)
      .where(sql`status = 'ready' AND visibility = 'public'`),
    index("audio_tracks_by_genre")
      .on(t.environment, t.genre, t.score, t.seq)
      .where(sql`status = 'ready' AND visibility = 'public'`),
    index("audio_tracks_unprocessed").on(t.createdAt).where(sql`status = 'processing'`),
  ],
);

/** Plays of tracks. Each listener counts once a day for each track. */
export const audioPlays = sqliteTable(
  "audio_plays",
  {
    audioId: text("audio_id").notNull(),
    /** A keyed digest of the day and the listener's account or network. */
    listener: text("listener").notNull(),
    at: integer("at").notNull(),
  },
  (t) => [primaryKey({ columns: [t.audioId, t.listener] }), index("audio_plays_at").on(t.at)],
);

/** The number of shown tracks of each genre. */
export const audioGenres = sqliteTable(
  "audio_genres",
  {
    environment: text("environment").notNull(),
    genre: text("genre").notNull(),
    tracks: integer("tracks").notNull(),
  },
  (t) => [primaryKey({ columns: [t.environment, t.genre] })],
);

/** Purchases; the buyer may download the track. A track with purchases is never deleted, only withdrawn. */
export const audioPurchases = sqliteTable(
  "audio_purchases",
  {
    /** `purchase_…` */
    id: text("id").notNull().unique(),
    audioId: text("audio_id").notNull(),
    buyerId: integer("buyer_id").notNull(),
    sellerId: integer("seller_id").notNull(),
    environment: text("environment", { enum: ["live", "sandbox"] })
      .notNull()
      .default("live"),
    /** Credits. */
    price: integer("price").notNull(),
    createdAt: integer("created_at").notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.audioId, t.buyerId] }),
    index("audio_purchases_by_buyer").on(t.buyerId, t.environment, t.createdAt, t.id),
  ],
);
