import { index, integer, sqliteTable, text } from "drizzle-orm/sqlite-core";

/** Pictures and videos that users uploaded. Times are ms UTC. */
export const uploads = sqliteTable(
  "uploads",
  {
    /** Unguessable, and part of the file's URL: anyone with the URL can see the file. */
    id: text("id").primaryKey(),
    userId: integer("user_id").notNull(),
    kind: text("kind", { enum: ["image", "video"] }).notNull(),
    mediaType: text("media_type").notNull(),
    bytes: integer("bytes").notNull(),
    /** Pixels, after the orientation of the file was applied. */
    width: integer("width").notNull(),
    height: integer("height").notNull(),
    /** Null for pictures. */
    durationMs: integer("duration_ms"),
    hasThumbnail: integer("has_thumbnail", { mode: "boolean" }).notNull(),
    createdAt: integer("created_at").notNull(),
  },
  (t) => [index("uploads_by_user").on(t.userId, t.createdAt)],
);

/**
 * Keys of objects that no row references. A key is recorded before its object is stored, and by triggers (migrations
 * 0011 and 0015) when the row that references it is deleted; other triggers delete the key once a row references the
 * object. Objects with remaining keys are orphaned and get deleted, see `OrphanedObjects`.
 */
export const orphanedObjects = sqliteTable(
  "loose_objects",
  {
    /** R2 key. */
    key: text("key").primaryKey(),
    at: integer("at").notNull(),
  },
  (t) => [index("loose_objects_at").on(t.at)],
);
