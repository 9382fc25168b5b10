import { index, integer, sqliteTable, text } from "drizzle-orm/sqlite-core";

/** Pictures and videos users put here. Times are ms UTC. */
export const uploads = sqliteTable(
  "uploads",
  {
    /** Unguessable, and part of its address: who has it may see it. */
    id: text("id").primaryKey(),
    userId: integer("user_id").notNull(),
    kind: text("kind", { enum: ["image", "video"] }).notNull(),
    mediaType: text("media_type").notNull(),
    bytes: integer("bytes").notNull(),
    /** Pixels as they are shown. */
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
 * Keys of objects that no row names: written down before an object is stored, and by triggers (migration 0011) when the row
 * that names it goes. They take a key out again when a row names it. What stays is removed, see `OrphanedObjects`.
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
