import { index, integer, sqliteTable, text } from "drizzle-orm/sqlite-core";

/** One account for the whole platform. Times are ms UTC. */
export const users = sqliteTable("users", {
  id: integer("id").primaryKey({ autoIncrement: true }),
  /** What tokens and the JSON of most products call the user. */
  uuid: text("uuid").notNull().unique(),
  /** Stored in lower case: unique without case. */
  username: text("username").notNull().unique(),
  role: text("role", { enum: ["USER", "ADMIN"] }).notNull(),
  createdAt: integer("created_at").notNull(),
});

export const sessions = sqliteTable(
  "sessions",
  {
    /** SHA-256 of the token: a leaked table opens nothing. */
    tokenHash: text("token_hash").primaryKey(),
    userId: integer("user_id")
      .notNull()
      .references(() => users.id, { onDelete: "cascade" }),
    /** Fingerprint of the password the session was opened with: a changed password ends it. */
    credentialTag: text("credential_tag").notNull(),
    createdAt: integer("created_at").notNull(),
    expiresAt: integer("expires_at").notNull(),
  },
  (t) => [index("sessions_expires_at").on(t.expiresAt)],
);
