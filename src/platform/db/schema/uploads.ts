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
