import { sql } from "drizzle-orm";
import { index, integer, sqliteTable, text } from "drizzle-orm/sqlite-core";
import { users } from "./identity.ts";

/** Applications of developers. Times are ms UTC. */
export const oauthClients = sqliteTable(
  "oauth_clients",
  {
    /** `client_…`, public. */
    id: text("id").primaryKey(),
    ownerId: integer("owner_id")
      .notNull()
      .references(() => users.id, { onDelete: "cascade" }),
    name: text("name").notNull(),
    /** SHA-256 of the secret; null where the application runs where nothing stays secret. */
    secretHash: text("secret_hash"),
    /**
     * When the access of the owner's account was ended, by a reset of the password say: the application gets no token of that
     * account (client_credentials) until its secret is replaced. Null where it may have one.
     */
    needsNewSecretSince: integer("needs_new_secret_since"),
    /** Since when the application is off: no sign-in, no token of it works. Null while it is on. */
    disabledAt: integer("disabled_at"),
    redirectUris: text("redirect_uris", { mode: "json" }).$type<readonly string[]>().notNull(),
    createdAt: integer("created_at").notNull(),
    updatedAt: integer("updated_at").notNull(),
  },
  (t) => [index("oauth_clients_by_owner").on(t.ownerId, t.createdAt)],
);

/** What an account allowed an application: deleting it ends every token of it. */
export const oauthGrants = sqliteTable(
  "oauth_grants",
  {
    id: text("id").primaryKey(),
    clientId: text("client_id")
      .notNull()
      .references(() => oauthClients.id, { onDelete: "cascade" }),
    userId: integer("user_id")
      .notNull()
      .references(() => users.id, { onDelete: "cascade" }),
    /** Separated by blanks. */
    scope: text("scope").notNull(),
    createdAt: integer("created_at").notNull(),
  },
  (t) => [
    index("oauth_grants_by_user").on(t.userId, t.createdAt),
    index("oauth_grants_by_client").on(t.clientId),
  ],
);

/** Authorization codes: good once, for a minute. They stay for a day, so that a replay is known as one. */
export const oauthCodes = sqliteTable(
  "oauth_codes",
  {
    /** SHA-256 of the code. */
    codeHash: text("code_hash").primaryKey(),
    clientId: text("client_id").notNull(),
    userId: integer("user_id").notNull(),
    /** As it was asked for; empty where the request left it to the only one there is. */
    redirectUri: text("redirect_uri").notNull(),
    scope: text("scope").notNull(),
    /** PKCE, S256; null where a confidential client sent none. */
    codeChallenge: text("code_challenge"),
    /** The grant it was exchanged for. */
    grantId: text("grant_id"),
    createdAt: integer("created_at").notNull(),
    expiresAt: integer("expires_at").notNull(),
  },
  (t) => [
    index("oauth_codes_expires_at").on(t.expiresAt),
    index("oauth_codes_by_client").on(t.clientId, t.userId),
    index("oauth_codes_unused_by_user").on(t.userId).where(sql`grant_id IS NULL`),
  ],
);

/** Access and refresh tokens of applications. */
export const oauthTokens = sqliteTable(
  "oauth_tokens",
  {
    /** SHA-256 of the token. */
    tokenHash: text("token_hash").primaryKey(),
    kind: text("kind", { enum: ["access", "refresh"] }).notNull(),
    clientId: text("client_id")
      .notNull()
      .references(() => oauthClients.id, { onDelete: "cascade" }),
    /** Null where the application speaks for itself (client_credentials). */
    grantId: text("grant_id").references(() => oauthGrants.id, { onDelete: "cascade" }),
    /** Whom it speaks for: with client_credentials the application's owner. */
    userId: integer("user_id")
      .notNull()
      .references(() => users.id, { onDelete: "cascade" }),
    scope: text("scope").notNull(),
    /** Of a refresh token: the one that was exchanged for it, which stays good until this one is first used. */
    predecessorHash: text("predecessor_hash"),
    /** Of a refresh token: since when it is good no more, because another of its grant was used. */
    retiredAt: integer("retired_at"),
    createdAt: integer("created_at").notNull(),
    expiresAt: integer("expires_at").notNull(),
  },
  (t) => [
    index("oauth_tokens_by_grant").on(t.grantId),
    index("oauth_tokens_by_client").on(t.clientId),
    index("oauth_tokens_of_own_apps").on(t.userId).where(sql`grant_id IS NULL`),
    index("oauth_tokens_expires_at").on(t.expiresAt),
  ],
);
