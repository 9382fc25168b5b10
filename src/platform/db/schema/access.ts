import { sql } from "drizzle-orm";
import { index, integer, primaryKey, sqliteTable, text } from "drizzle-orm/sqlite-core";
import { users } from "./identity.ts";

/** API keys, which servers authenticate with. Times are ms UTC. */
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
    /** SHA-256 of the key. The key itself is shown once and not stored. */
    keyHash: text("key_hash").notNull().unique(),
    /** The first characters of the key, so that its owner can tell keys apart. */
    prefix: text("prefix").notNull(),
    /** Scopes, separated by spaces. */
    scope: text("scope").notNull(),
    /** The id of the key that this one replaces. */
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

/** The API calls of an account by UTC day and credential. */
export const apiUsage = sqliteTable(
  "api_usage",
  {
    userId: integer("user_id").notNull(),
    /** `2026-11-21` */
    day: text("day").notNull(),
    /** The id of the key or the application; `session` for first-party tokens. */
    credential: text("credential").notNull(),
    calls: integer("calls").notNull(),
    /** Those of the calls that were answered with 4xx or 5xx. */
    failures: integer("failures").notNull(),
  },
  (t) => [primaryKey({ columns: [t.userId, t.day, t.credential] })],
);
