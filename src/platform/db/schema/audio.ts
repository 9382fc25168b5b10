import { sql } from "drizzle-orm";
import { index, integer, primaryKey, real, sqliteTable, text } from "drizzle-orm/sqlite-core";
import { users } from "./identity.ts";

/**
 * Tracks. Counts, score, genres and the search index are kept by triggers (migration 0005). "Shown" is ready and public.
 * Times are ms UTC.
 */
export const audioTracks = sqliteTable(
  "audio_tracks",
  {
    /** Row of the search index. */
    seq: integer("seq").primaryKey({ autoIncrement: true }),
    /** `audio_…` */
    id: text("id").notNull().unique(),
    userId: integer("user_id")
      .notNull()
      .references(() => users.id, { onDelete: "cascade" }),
    environment: text("environment", { enum: ["live", "sandbox"] }).notNull(),
    title: text("title").notNull(),
    description: text("description").notNull(),
    /** What the search knows a text by (NFKC), where that is not the text itself. */
    titleWords: text("title_words"),
    artistWords: text("artist_words"),
    descriptionWords: text("description_words"),
    /** In lower case; empty where there is none. */
    genre: text("genre").notNull(),
    tags: text("tags", { mode: "json" }).$type<readonly string[]>().notNull(),
    visibility: text("visibility", { enum: ["public", "private"] }).notNull(),
    status: text("status", { enum: ["processing", "ready", "failed"] }).notNull(),
    /** Why it failed, for its owner. */
    failure: text("failure"),
    /** Credits; 0 is free. */
    price: integer("price").notNull(),
    /** R2 key of the file as it was uploaded. */
    key: text("key").notNull().unique(),
    mediaType: text("media_type").notNull(),
    bytes: integer("bytes").notNull(),
    coverKey: text("cover_key"),
    /** What of the file was not kept, for its owner. */
    warnings: text("warnings", { mode: "json" }).$type<readonly string[]>(),
    /**
     * What may be heard before it is bought: so many ms, which are the first bytes of the file, or an object of their own.
     * Nothing where none of the three is set.
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
    /** 200 peaks, 0 to 1. */
    waveform: text("waveform", { mode: "json" }).$type<readonly number[]>(),
    isEstimated: integer("is_estimated", { mode: "boolean" }).notNull(),
    plays: integer("plays").notNull().default(0),
    sales: integer("sales").notNull().default(0),
    score: real("score").notNull().default(0),
    /** Until when somebody is processing it, and how often that was begun. */
    claimedUntil: integer("claimed_until"),
    attempts: integer("attempts").notNull().default(0),
    /** Since when it is for its buyers alone: its owner deleted it after somebody had bought it. It is private then. */
    withdrawnAt: integer("withdrawn_at"),
    createdAt: integer("created_at").notNull(),
    updatedAt: integer("updated_at").notNull(),
  },
  (t) => [
    // With all that says who may see it: a deep page skips rows without looking at them.
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

/** Who has heard what: each listener counts once a day. */
export const audioPlays = sqliteTable(
  "audio_plays",
  {
    audioId: text("audio_id").notNull(),
    /** Digest of day and account or address. */
    listener: text("listener").notNull(),
    at: integer("at").notNull(),
  },
  (t) => [primaryKey({ columns: [t.audioId, t.listener] }), index("audio_plays_at").on(t.at)],
);

/** How many shown tracks a genre has. */
export const audioGenres = sqliteTable(
  "audio_genres",
  {
    environment: text("environment").notNull(),
    genre: text("genre").notNull(),
    tracks: integer("tracks").notNull(),
  },
  (t) => [primaryKey({ columns: [t.environment, t.genre] })],
);

/** Who may download a priced track. A track that has one is never deleted, only withdrawn. */
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
