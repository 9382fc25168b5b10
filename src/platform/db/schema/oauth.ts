import { sql } from "drizzle-orm";
import { index, integer, sqliteTable, text } from "drizzle-orm/sqlite-core";
import { users } from "./identity.ts";

/** Applications that developers register. Times are ms UTC. */
export const oauthClients = sqliteTable(
  "oauth_clients",
  {
    /** `client_…`; it is public. */
    id: text("id").primaryKey(),
    ownerId: integer("owner_id")
      .notNull()
      .references(() => users.id, { onDelete: "cascade" }),
    name: text("name").notNull(),
    /** SHA-256 of the secret; null for a public client, which cannot keep a secret (in a browser or on a phone). */
    secretHash: text("secret_hash"),
    /**
     * When the access to the owner's account was revoked, for example by a password reset. The application gets no
     * token for that account (client_credentials) until its secret is replaced. Null if it may get one.
     */
    needsNewSecretSince: integer("needs_new_secret_since"),
    /** When the application was disabled: sign-in is refused and its tokens are invalid. Null while it is enabled. */
    disabledAt: integer("disabled_at"),
    redirectUris: text("redirect_uris", { mode: "json" }).$type<readonly string[]>().notNull(),
    createdAt: integer("created_at").notNull(),
    updatedAt: integer("updated_at").notNull(),
  },
  (t) => [index("oauth_clients_by_owner").on(t.ownerId, t.createdAt)],
);

/** The scopes that an account granted to an application. Deleting a grant deletes all its tokens. */
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
    /** Scopes, separated by spaces. */
    scope: text("scope").notNull(),
    createdAt: integer("created_at").notNull(),
  },
  (t) => [
    index("oauth_grants_by_user").on(t.userId, t.createdAt),
    index("oauth_grants_by_client").on(t.clientId),
  ],
);

/**
 * Authorization codes. A code works once and is valid for a minute; the row is kept for one more day, so that a
 * replay is detected.
 */
export const oauthCodes = sqliteTable(
  "oauth_codes",
  {
    /** SHA-256 of the code. */
    codeHash: text("code_hash").primaryKey(),
    clientId: text("client_id").notNull(),
    userId: integer("user_id").notNull(),
    /** The URI in the authorization request; empty if the request omitted it and the application has only one. */
    redirectUri: text("redirect_uri").notNull(),
    scope: text("scope").notNull(),
    /** The PKCE challenge (S256); null if a confidential client sent none. */
    codeChallenge: text("code_challenge"),
    /** The grant that the code was exchanged for; null while the code is unused. */
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
    /** Null if the application acts for itself (client_credentials). */
    grantId: text("grant_id").references(() => oauthGrants.id, { onDelete: "cascade" }),
    /** The account that the token acts for; with client_credentials the application's owner. */
    userId: integer("user_id")
      .notNull()
      .references(() => users.id, { onDelete: "cascade" }),
    scope: text("scope").notNull(),
    /** For a refresh token: the token that was exchanged for it, which stays valid until this one is first used. */
    predecessorHash: text("predecessor_hash"),
    /** For a refresh token: when it became invalid because another refresh token of its grant was used. */
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
