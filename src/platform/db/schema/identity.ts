import { index, integer, primaryKey, sqliteTable, text } from "drizzle-orm/sqlite-core";

/** Accounts, each valid on the whole platform. Times are ms UTC. */
export const users = sqliteTable("users", {
  id: integer("id").primaryKey({ autoIncrement: true }),
  /** The id of the account in tokens and in the JSON of most products. */
  uuid: text("uuid").notNull().unique(),
  /** Stored in lower case, so that names are unique regardless of case. */
  username: text("username").notNull().unique(),
  /** The username with the case that the user entered. */
  displayName: text("display_name"),
  /** The name of the account in meetings; null if that is the username. */
  fullName: text("full_name"),
  /** The URL of a picture on another site, set by the account; `avatarKey` takes precedence. */
  avatarUrl: text("avatar_url"),
  /**
   * In lower case. Null for the administrator of `ADMIN_USERNAME`, and for an account after the owner of the mailbox
   * has declared that the account is not theirs.
   */
  email: text("email").unique(),
  /**
   * When the address was confirmed; null while it is unconfirmed. Addresses from before confirmation was required
   * count as confirmed at registration.
   */
  emailConfirmedAt: integer("email_confirmed_at"),
  /** The new address, which replaces `email` once it is confirmed. */
  pendingEmail: text("pending_email"),
  /** `scrypt$N$r$p$salt$hash`, base64url. Null only for the administrator of `ADMIN_USERNAME`. */
  passwordHash: text("password_hash"),
  plan: text("plan", { enum: ["free", "pro"] })
    .notNull()
    .default("free"),
  /** When the `pro` plan ends; null if it has no end. */
  planUntil: integer("plan_until"),
  /** R2 key of the uploaded picture. */
  avatarKey: text("avatar_key"),
  role: text("role", { enum: ["USER", "ADMIN"] }).notNull(),
  createdAt: integer("created_at").notNull(),
  updatedAt: integer("updated_at").notNull().default(0),
});

/** Sessions of the administration pages. Each request looks the cookie's token up here; the token is not signed. */
export const sessions = sqliteTable(
  "sessions",
  {
    /** SHA-256 of the token, so that a leaked table gives no access. */
    tokenHash: text("token_hash").primaryKey(),
    userId: integer("user_id")
      .notNull()
      .references(() => users.id, { onDelete: "cascade" }),
    /** The fingerprint of the password that opened the session; a changed password ends the session. */
    credentialTag: text("credential_tag").notNull(),
    createdAt: integer("created_at").notNull(),
    expiresAt: integer("expires_at").notNull(),
  },
  (t) => [index("sessions_expires_at").on(t.expiresAt)],
);

/** Sessions of signed-in clients. An ended session is deleted, which makes its access tokens invalid. */
export const accountSessions = sqliteTable(
  "account_sessions",
  {
    /** UUID; the claim `sid` of access tokens. */
    id: text("id").primaryKey(),
    userId: integer("user_id")
      .notNull()
      .references(() => users.id, { onDelete: "cascade" }),
    /** The fingerprint of `ADMIN_PASSWORD` in sessions of that administrator; null for all other accounts. */
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

/** All refresh tokens of existing sessions, including used ones: a used token that is sent again counts as stolen. */
export const refreshTokens = sqliteTable(
  "refresh_tokens",
  {
    tokenHash: text("token_hash").primaryKey(),
    sessionId: text("session_id")
      .notNull()
      .references(() => accountSessions.id, { onDelete: "cascade" }),
    /** The hash of the token that it was exchanged for; null while it is unused. */
    replacedBy: text("replaced_by"),
    createdAt: integer("created_at").notNull(),
  },
  (t) => [index("refresh_tokens_by_session").on(t.sessionId)],
);

/** Links of "forgot my password" mails. Using one deletes all links of its account. */
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

/** Links of mails that confirm an e-mail address. Each works once and is valid for a day. */
export const emailLinks = sqliteTable(
  "email_links",
  {
    /** SHA-256 of the token. */
    tokenHash: text("token_hash").primaryKey(),
    userId: integer("user_id")
      .notNull()
      .references(() => users.id, { onDelete: "cascade" }),
    /** `confirm` for the account's present address, `change` for a new one. */
    kind: text("kind", { enum: ["confirm", "change"] }).notNull(),
    email: text("email").notNull(),
    expiresAt: integer("expires_at").notNull(),
  },
  (t) => [index("email_links_by_user").on(t.userId), index("email_links_expires_at").on(t.expiresAt)],
);

/**
 * Ended sessions and meeting seats that their durable objects must still be notified of. A row is written in the
 * transaction that ends the session, and deleted once the object has answered, so that no notification is lost.
 */
export const endedAccess = sqliteTable(
  "ended_access",
  {
    id: integer("id").primaryKey({ autoIncrement: true }),
    userId: integer("user_id").notNull(),
    /** The session with the progress sockets to close; null for a seat. */
    sessionId: text("session_id"),
    /**
     * The meeting with the room that must remove the account's peer, and the fencing epoch up to which its joins end;
     * null for a session.
     */
    meetingId: integer("meeting_id"),
    visit: integer("visit"),
    endedAt: integer("ended_at").notNull(),
  },
  (t) => [index("ended_access_by_user").on(t.userId), index("ended_access_by_time").on(t.endedAt)],
);

/** The answers to POSTs that cost money, by the client's `Idempotency-Key`. */
export const idempotencyKeys = sqliteTable(
  "idempotency_keys",
  {
    userId: integer("user_id").notNull(),
    /** HTTP method and path. */
    operation: text("operation").notNull(),
    key: text("key").notNull(),
    /** SHA-256 of the request. A different request with the same key is an error. */
    fingerprint: text("fingerprint").notNull(),
    /** The id of the resource that the request creates. After a crash the request runs again with the same id. */
    resourceId: text("resource_id").notNull(),
    /** ms UTC. Until then the first request counts as running. */
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
