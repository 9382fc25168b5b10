import { index, integer, primaryKey, sqliteTable, text } from "drizzle-orm/sqlite-core";

/** One account for the whole platform. Times are ms UTC. */
export const users = sqliteTable("users", {
  id: integer("id").primaryKey({ autoIncrement: true }),
  /** What tokens and the JSON of most products call the user. */
  uuid: text("uuid").notNull().unique(),
  /** Stored in lower case: unique without case. */
  username: text("username").notNull().unique(),
  /** The name as it was written at register. */
  displayName: text("display_name"),
  /** How the account is called in meetings; null where that is the username. */
  fullName: text("full_name"),
  /** A picture elsewhere, as the account says; `avatarKey` goes before it. */
  avatarUrl: text("avatar_url"),
  /** In lower case. The administrator of the settings has none, nor an account whose address was another's mailbox. */
  email: text("email").unique(),
  /** When the mailbox confirmed the address; null while it has not. */
  emailConfirmedAt: integer("email_confirmed_at"),
  /** The address the account has once its mailbox confirms it. */
  pendingEmail: text("pending_email"),
  /** `scrypt$N$r$p$salt$hash`, base64url. Only the administrator of the settings has none. */
  passwordHash: text("password_hash"),
  plan: text("plan", { enum: ["free", "pro"] })
    .notNull()
    .default("free"),
  /** Until when the plan is `pro`; null where that has no end. */
  planUntil: integer("plan_until"),
  /** R2 key of the picture. */
  avatarKey: text("avatar_key"),
  role: text("role", { enum: ["USER", "ADMIN"] }).notNull(),
  createdAt: integer("created_at").notNull(),
  updatedAt: integer("updated_at").notNull().default(0),
});

/** Sessions of the administration pages: a cookie is looked up, nothing is signed. */
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

/** A signed-in client. Ended sessions are deleted: their access tokens open nothing from then on. */
export const accountSessions = sqliteTable(
  "account_sessions",
  {
    /** UUID, `sid` in access tokens. */
    id: text("id").primaryKey(),
    userId: integer("user_id")
      .notNull()
      .references(() => users.id, { onDelete: "cascade" }),
    /** Fingerprint of the administrator's password in the settings; null for everybody else. */
    credentialTag: text("credential_tag"),
    userAgent: text("user_agent").notNull(),
    ip: text("ip").notNull(),
    createdAt: integer("created_at").notNull(),
    lastUsedAt: integer("last_used_at").notNull(),
    expiresAt: integer("expires_at").notNull(),
  },
  (t) => [
    index("account_sessions_by_user").on(t.userId, t.createdAt),
    index("account_sessions_expires_at").on(t.expiresAt),
  ],
);

/** Every refresh token of a living session, used ones too: whoever shows one of those again has stolen it. */
export const refreshTokens = sqliteTable(
  "refresh_tokens",
  {
    tokenHash: text("token_hash").primaryKey(),
    sessionId: text("session_id")
      .notNull()
      .references(() => accountSessions.id, { onDelete: "cascade" }),
    /** Hash of the token it was exchanged for. */
    replacedBy: text("replaced_by"),
    createdAt: integer("created_at").notNull(),
  },
  (t) => [index("refresh_tokens_by_session").on(t.sessionId)],
);

/** Links of "forgot my password" mails. Used once: deleted with every other of the account. */
export const passwordResets = sqliteTable(
  "password_resets",
  {
    tokenHash: text("token_hash").primaryKey(),
    userId: integer("user_id")
      .notNull()
      .references(() => users.id, { onDelete: "cascade" }),
    expiresAt: integer("expires_at").notNull(),
  },
  (t) => [index("password_resets_by_user").on(t.userId), index("password_resets_expires_at").on(t.expiresAt)],
);

/** Links of mails that ask a mailbox about an address: good once, for a day. */
export const emailLinks = sqliteTable(
  "email_links",
  {
    /** SHA-256 of the token. */
    tokenHash: text("token_hash").primaryKey(),
    userId: integer("user_id")
      .notNull()
      .references(() => users.id, { onDelete: "cascade" }),
    /** Whether the account has the address or is to have it. */
    kind: text("kind", { enum: ["confirm", "change"] }).notNull(),
    email: text("email").notNull(),
    expiresAt: integer("expires_at").notNull(),
  },
  (t) => [index("email_links_by_user").on(t.userId), index("email_links_expires_at").on(t.expiresAt)],
);

/**
 * Sockets and seats that ended with a session and whose durable objects are yet to be told. Written in the transaction that
 * ends the session and deleted once the object has answered, so that no signal is lost.
 */
export const endedAccess = sqliteTable(
  "ended_access",
  {
    id: integer("id").primaryKey({ autoIncrement: true }),
    userId: integer("user_id").notNull(),
    /** The session whose progress sockets are to close; null for a seat. */
    sessionId: text("session_id"),
    /** The meeting whose room is to drop the account's peer, and the last visit it covers; null for a session. */
    meetingId: integer("meeting_id"),
    visit: integer("visit"),
    endedAt: integer("ended_at").notNull(),
  },
  (t) => [index("ended_access_by_user").on(t.userId), index("ended_access_by_time").on(t.endedAt)],
);

/** Answers to POSTs that cost money, by the client's `Idempotency-Key`. */
export const idempotencyKeys = sqliteTable(
  "idempotency_keys",
  {
    userId: integer("user_id").notNull(),
    /** Method and route pattern. */
    operation: text("operation").notNull(),
    key: text("key").notNull(),
    /** SHA-256 of the request: another body under the same key is an error. */
    fingerprint: text("fingerprint").notNull(),
    /** Id of what the request makes. A request that died half-way is run again under the same id. */
    resourceId: text("resource_id").notNull(),
    /** Until when the first request counts as still under way. ms UTC */
    lockedUntil: integer("locked_until").notNull(),
    status: integer("status"),
    body: text("body"),
    createdAt: integer("created_at").notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.userId, t.operation, t.key] }),
    index("idempotency_keys_created_at").on(t.createdAt),
  ],
);
