import { index, integer, primaryKey, sqliteTable, text } from "drizzle-orm/sqlite-core";
import { users } from "./identity.ts";

/** Follows: the account `followerId` follows the account `followeeId`. */
export const follows = sqliteTable(
  "follows",
  {
    environment: text("environment", { enum: ["live", "sandbox"] }).notNull(),
    followerId: integer("follower_id")
      .notNull()
      .references(() => users.id, { onDelete: "cascade" }),
    followeeId: integer("followee_id")
      .notNull()
      .references(() => users.id, { onDelete: "cascade" }),
    /** ms UTC */
    createdAt: integer("created_at").notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.environment, t.followerId, t.followeeId] }),
    index("follows_of_followee").on(t.environment, t.followeeId, t.createdAt, t.followerId),
    index("follows_of_follower").on(t.environment, t.followerId, t.createdAt, t.followeeId),
  ],
);

/** The counts in an account's profile. Triggers maintain them (migrations 0005 and 0011). */
export const profileStats = sqliteTable(
  "profile_stats",
  {
    userId: integer("user_id").notNull(),
    environment: text("environment").notNull(),
    followers: integer("followers").notNull().default(0),
    following: integer("following").notNull().default(0),
    /** The number of shown tracks, which are ready and public. */
    tracks: integer("tracks").notNull().default(0),
    /** The plays of the shown tracks. */
    plays: integer("plays").notNull().default(0),
  },
  (t) => [primaryKey({ columns: [t.userId, t.environment] })],
);
