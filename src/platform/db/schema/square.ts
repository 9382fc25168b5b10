import { sql } from "drizzle-orm";
import { index, integer, primaryKey, real, sqliteTable, text } from "drizzle-orm/sqlite-core";

/**
 * Works on the public square. Triggers on the tables below maintain the counts, the score and the totals, so that
 * they are correct after every write and no query has to count. Times are ms UTC.
 */
export const squarePosts = sqliteTable(
  "square_posts",
  {
    /** The id of the task that generated the work. */
    workId: text("work_id").primaryKey(),
    userId: integer("user_id").notNull(),
    kind: text("kind", { enum: ["video", "image"] }).notNull(),
    description: text("description").notNull(),
    mediaType: text("media_type").notNull(),
    hasThumbnail: integer("has_thumbnail", { mode: "boolean" }).notNull(),
    /** The number of images; 1 for a video. */
    files: integer("files").notNull(),
    publishedAt: integer("published_at").notNull(),
    likes: integer("likes").notNull().default(0),
    favorites: integer("favorites").notNull().default(0),
    plays: integer("plays").notNull().default(0),
    reports: integer("reports").notNull().default(0),
    /** log2(1 + plays + 3 likes + 5 favorites) + days since 1970: doubling the weighted sum is worth one day. */
    score: real("score").notNull(),
    /** When an administrator took the work down; null while the public can see it. */
    hiddenAt: integer("hidden_at"),
  },
  (t) => [
    index("square_posts_hot").on(t.score, t.workId).where(sql`hidden_at IS NULL`),
    index("square_posts_hot_by_kind").on(t.kind, t.score, t.workId).where(sql`hidden_at IS NULL`),
    index("square_posts_latest").on(t.publishedAt, t.workId).where(sql`hidden_at IS NULL`),
    index("square_posts_latest_by_kind").on(t.kind, t.publishedAt, t.workId).where(sql`hidden_at IS NULL`),
    index("square_posts_reported").on(t.reports, t.workId).where(sql`reports > 0`),
  ],
);

/** The number of visible works of each kind. */
export const squareTotals = sqliteTable("square_totals", {
  kind: text("kind", { enum: ["video", "image"] }).primaryKey(),
  count: integer("count").notNull(),
});

/** When a work was first published. Publishing it again later does not make it newer. */
export const squareFirsts = sqliteTable("square_firsts", {
  workId: text("work_id").primaryKey(),
  publishedAt: integer("published_at").notNull(),
});

export const squareReactions = sqliteTable(
  "square_reactions",
  {
    workId: text("work_id").notNull(),
    kind: text("kind", { enum: ["like", "favorite"] }).notNull(),
    userId: integer("user_id").notNull(),
    createdAt: integer("created_at").notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.workId, t.kind, t.userId] }),
    index("square_reactions_by_user").on(t.userId, t.kind, t.createdAt, t.workId),
  ],
);

/** Plays of works. Each viewer counts once for each work. */
export const squarePlays = sqliteTable(
  "square_plays",
  {
    workId: text("work_id").notNull(),
    /** `user:<id>`, or `guest:<keyed digest of the day and the network>`, which identifies no person. */
    viewer: text("viewer").notNull(),
    at: integer("at").notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.workId, t.viewer] }),
    index("square_plays_of_guests").on(t.at).where(sql`viewer LIKE 'guest:%'`),
  ],
);

export const squareReports = sqliteTable(
  "square_reports",
  {
    workId: text("work_id").notNull(),
    userId: integer("user_id").notNull(),
    reason: text("reason").notNull(),
    createdAt: integer("created_at").notNull(),
  },
  (t) => [primaryKey({ columns: [t.workId, t.userId] })],
);
