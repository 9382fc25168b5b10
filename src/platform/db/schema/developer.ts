import { sql } from "drizzle-orm";
import { index, integer, primaryKey, sqliteTable, text } from "drizzle-orm/sqlite-core";
import { users } from "./identity.ts";

/** Keys of servers. Times are ms UTC. */
export const apiKeys = sqliteTable(
  "api_keys",
  {
    /** `key_…` */
    id: text("id").primaryKey(),
    userId: integer("user_id")
      .notNull()
      .references(() => users.id, { onDelete: "cascade" }),
    name: text("name").notNull(),
    environment: text("environment", { enum: ["live", "sandbox"] }).notNull(),
    /** SHA-256 of the key: it is shown once. */
    keyHash: text("key_hash").notNull().unique(),
    /** How it begins, to tell keys apart. */
    prefix: text("prefix").notNull(),
    /** Separated by blanks. */
    scope: text("scope").notNull(),
    /** The key it took the place of. */
    rotatedFrom: text("rotated_from"),
    createdAt: integer("created_at").notNull(),
    lastUsedAt: integer("last_used_at"),
    expiresAt: integer("expires_at"),
    revokedAt: integer("revoked_at"),
  },
  (t) => [
    index("api_keys_by_user").on(t.userId, t.createdAt),
    index("api_keys_rotated_from").on(t.rotatedFrom).where(sql`rotated_from IS NOT NULL`),
  ],
);

/** Calls of an account by UTC day and by what they were made with. */
export const apiUsage = sqliteTable(
  "api_usage",
  {
    userId: integer("user_id").notNull(),
    /** `2026-11-21` */
    day: text("day").notNull(),
    /** Id of the key or the application; `session` for first-party tokens. */
    credential: text("credential").notNull(),
    calls: integer("calls").notNull(),
    /** Of these, what was refused or failed (4xx, 5xx). */
    failures: integer("failures").notNull(),
  },
  (t) => [primaryKey({ columns: [t.userId, t.day, t.credential] })],
);
