import { and, eq, type SQL, sql } from "drizzle-orm";
import { type Clock, DAY_MS, HOUR_MS, SECOND_MS } from "../../lib/clock.ts";
import type { Failure } from "../../lib/domain-error.ts";
import { randomToken, shortId, toBase64Url } from "../../lib/ids.ts";
import { err, ok, type Result } from "../../lib/result.ts";
import { equalSecrets, sha256Hex } from "../../lib/secrets.ts";
import type { Database } from "../../platform/db/client.ts";
import { oauthClients, oauthCodes, oauthGrants, oauthTokens } from "../../platform/db/schema/oauth.ts";
import { transaction } from "../../platform/db/transaction.ts";
import { formatScope, parseScopes, SCOPES, type Scope, storedScopes } from "../access/index.ts";
import { isSessionOpen } from "../identity/index.ts";
import { type Authorization, DEFAULT_SCOPES } from "./authorization.ts";
import { type OAuthClient, oauthError } from "./clients.ts";

const CODE_TTL_MS = 60 * SECOND_MS;
export const ACCESS_TOKEN_TTL_MS = HOUR_MS;
/** The lifetime of a refresh token, and so the longest time between two refreshes. */
const REFRESH_TOKEN_TTL_MS = 90 * DAY_MS;
/** How long an expired code stays stored, so that a second use of it is recognised. */
const CODE_MEMORY_MS = DAY_MS;
const PRUNE_ROWS = 1_000;

/** The tokens that an application receives. */
export interface TokenSet {
  /** Opaque; valid for `ACCESS_TOKEN_TTL_MS`. */
  readonly accessToken: string;
  /** Absent for `client_credentials`, where the application acts for itself. */
  readonly refreshToken?: string;
  readonly scopes: readonly Scope[];
}

/** The parameters of a request that exchanges a code for tokens. */
export interface TokenRequest {
  readonly code: string;
  readonly redirectUri: string | undefined;
  readonly codeVerifier: string | undefined;
}

/** An application that an account has authorized. Times are ms UTC. */
export interface AuthorizedApp {
  readonly clientId: string;
  readonly name: string;
  readonly scopes: readonly Scope[];
  readonly createdAt: number;
  /** When the application last received a token. It can use an access token for one more hour after this time. */
  readonly lastUsedAt: number;
}

/** Returns the S256 challenge of a PKCE verifier (RFC 7636, 4.2). */
const challengeOf = async (verifier: string): Promise<string> =>
  toBase64Url(new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(verifier))));

/** Returns the scopes of `text`, or `allowed` without a text; undefined if one is unknown or not in `allowed`. */
const narrowed = (text: string | undefined, allowed: readonly Scope[]): readonly Scope[] | undefined => {
  if (text === undefined) return allowed;
  const scopes = parseScopes(text);
  return scopes?.length && scopes.every((scope) => allowed.includes(scope)) ? scopes : undefined;
};

const SCOPE_REFUSED = [
  "invalid_scope",
  "scope must name one or more known scopes, none beyond those granted",
] as const;

/**
 * Returns a new pair of tokens and the statements that store it under the grant `grantId`. If that subquery yields
 * NULL, the statements store nothing.
 */
const newPair = async (grantId: SQL, now: number, scopes: readonly Scope[], predecessor: string | null) => {
  const [accessToken, refreshToken] = [`lso_${randomToken()}`, `lsr_${randomToken()}`];
  const [accessHash, refreshHash] = await Promise.all([sha256Hex(accessToken), sha256Hex(refreshToken)]);
  const columns = sql`(token_hash, kind, client_id, grant_id, user_id, scope, predecessor_hash, created_at, expires_at)`;
  const statements = [
    sql`INSERT INTO ${oauthTokens} ${columns}
      SELECT ${refreshHash}, 'refresh', client_id, id, user_id, scope, ${predecessor}, ${now},
        ${now + REFRESH_TOKEN_TTL_MS}
      FROM ${oauthGrants} WHERE id = ${grantId}`,
    sql`INSERT INTO ${oauthTokens} ${columns}
      SELECT ${accessHash}, 'access', client_id, id, user_id, ${formatScope(scopes)}, NULL, ${now},
        ${now + ACCESS_TOKEN_TTL_MS}
      FROM ${oauthGrants} WHERE id = ${grantId}`,
  ];
  return { tokens: { accessToken, refreshToken, scopes } satisfies TokenSet, statements };
};

/** Manages what accounts grant to applications. A grant is a row: deleting it deletes all its tokens at once. */
export class OAuthGrants {
  constructor(
    private readonly db: Database,
    private readonly clock: Clock,
  ) {}

  /** Issues the code for a consent. Fails if the session that consented has ended in the meantime. */
  async issueCode(
    userId: number,
    asked: Authorization,
    sessionId?: string,
  ): Promise<Result<string, Failure<"session_required">>> {
    const now = this.clock();
    const code = randomToken();
    const [inserted] = await transaction(this.db, [
      sql`INSERT INTO ${oauthCodes}
          (code_hash, client_id, user_id, redirect_uri, scope, code_challenge, created_at, expires_at)
        SELECT ${await sha256Hex(code)}, ${asked.clientId}, ${userId}, ${asked.requestedRedirectUri}, ${formatScope(asked.scopes)},
          ${asked.codeChallenge}, ${now}, ${now + CODE_TTL_MS}
        WHERE ${isSessionOpen(userId, sessionId)}`,
    ]);
    return inserted?.meta.changes ? ok(code) : err({ code: "session_required" });
  }

  /**
   * Exchanges a code for tokens, once. A second use means that one of the two clients has stolen the code, so the
   * grant from the first use is revoked. The same happens with parallel exchanges: one receives tokens, and the
   * others revoke them.
   */
  async exchangeCode(
    client: OAuthClient,
    given: TokenRequest,
  ): Promise<Result<TokenSet, Failure<"oauth_refused">>> {
    const now = this.clock();
    const codeHash = await sha256Hex(given.code);
    const [row] = await this.db
      .select()
      .from(oauthCodes)
      .where(and(eq(oauthCodes.codeHash, codeHash), eq(oauthCodes.clientId, client.id)));
    if (!row) return oauthError("invalid_grant", "the code is unknown or was issued to another application");
    const grantId = shortId("grant");
    if (row.grantId === null) {
      if (row.expiresAt <= now) return oauthError("invalid_grant", "the code has expired");
      const mistake = await mistakeOf(row, given);
      if (mistake !== undefined) return oauthError("invalid_grant", mistake);
    }
    const { tokens, statements } = await newPair(sql`${grantId}`, now, storedScopes(row.scope), null);
    const [claimed] = await transaction(this.db, [
      sql`UPDATE ${oauthCodes} SET grant_id = ${grantId} WHERE code_hash = ${codeHash} AND grant_id IS NULL`,
      sql`INSERT INTO ${oauthGrants} (id, client_id, user_id, scope, created_at)
        SELECT ${grantId}, client_id, user_id, scope, ${now} FROM ${oauthCodes}
        WHERE code_hash = ${codeHash} AND grant_id = ${grantId}`,
      ...statements,
      sql`DELETE FROM ${oauthGrants} WHERE id =
        (SELECT grant_id FROM ${oauthCodes} WHERE code_hash = ${codeHash} AND grant_id <> ${grantId})`,
    ]);
    return claimed?.meta.changes
      ? ok(tokens)
      : oauthError("invalid_grant", "the code was already used, and the tokens issued for it are revoked");
  }

  /**
   * Exchanges a refresh token for a new pair. The exchanged token stays valid until one of its successors is used, so
   * that a client that did not receive the response can repeat the request; it then receives another pair. The first
   * use of a successor retires all other refresh tokens of the grant except its own successors. The use of a retired
   * token is treated as theft and ends the grant.
   */
  async refresh(
    client: OAuthClient,
    refreshToken: string,
    scope?: string,
  ): Promise<Result<TokenSet, Failure<"oauth_refused">>> {
    const now = this.clock();
    const usedHash = await sha256Hex(refreshToken);
    const isOurs = and(
      eq(oauthTokens.tokenHash, usedHash),
      eq(oauthTokens.kind, "refresh"),
      eq(oauthTokens.clientId, client.id),
    );
    const [row] = await this.db.select().from(oauthTokens).where(isOurs);
    if (!row || row.grantId === null)
      return oauthError("invalid_grant", "the refresh token is unknown or was issued to another application");
    const scopes = narrowed(scope, storedScopes(row.scope));
    if (!scopes) return oauthError(...SCOPE_REFUSED);
    // A retired token does not reach this query: the first statement below deletes its grant and with it the token.
    const living = sql`SELECT grant_id FROM ${oauthTokens} WHERE token_hash = ${usedHash} AND expires_at > ${now}`;
    const { tokens, statements } = await newPair(sql`(${living})`, now, scopes, usedHash);
    const results = await transaction(this.db, [
      sql`DELETE FROM ${oauthGrants} WHERE id =
        (SELECT grant_id FROM ${oauthTokens} WHERE token_hash = ${usedHash} AND retired_at IS NOT NULL)`,
      sql`UPDATE ${oauthTokens} SET retired_at = ${now} WHERE grant_id = (${living}) AND kind = 'refresh'
        AND token_hash <> ${usedHash} AND predecessor_hash IS NOT ${usedHash} AND retired_at IS NULL`,
      ...statements,
    ]);
    return results[2]?.meta.changes
      ? ok(tokens)
      : oauthError(
          "invalid_grant",
          "the refresh token has expired, or was replaced by a newer one that is in use",
        );
  }

  /** Issues an access token for `client_credentials`: the application acts for the account of its owner. */
  async issueToClient(
    client: OAuthClient,
    scope?: string,
  ): Promise<Result<TokenSet, Failure<"oauth_refused">>> {
    if (client.isPublic)
      return oauthError("unauthorized_client", "client_credentials requires an application with a secret");
    const scopes = scope === undefined ? DEFAULT_SCOPES : narrowed(scope, SCOPES);
    if (!scopes) return oauthError(...SCOPE_REFUSED);
    const now = this.clock();
    const accessToken = `lso_${randomToken()}`;
    const [inserted] = await transaction(this.db, [
      sql`INSERT INTO ${oauthTokens} (token_hash, kind, client_id, user_id, scope, created_at, expires_at)
        SELECT ${await sha256Hex(accessToken)}, 'access', id, owner_id, ${formatScope(scopes)}, ${now},
          ${now + ACCESS_TOKEN_TTL_MS}
        FROM ${oauthClients} WHERE id = ${client.id} AND needs_new_secret_since IS NULL`,
    ]);
    return inserted?.meta.changes
      ? ok({ accessToken, scopes })
      : oauthError(
          "unauthorized_client",
          "the access of the owner's account was ended: rotate the secret of the application first",
        );
  }

  /** Lists the applications that an account has authorized, the most recently authorized first. */
  async listAuthorizedApps(userId: number): Promise<AuthorizedApp[]> {
    const [listed] = await transaction(this.db, [
      sql`SELECT c.id, c.name, group_concat(g.scope, ' ') AS scope, min(g.created_at) AS created_at,
          max(ifnull((SELECT max(created_at) FROM ${oauthTokens} WHERE grant_id = g.id), 0)) AS last_used_at
        FROM ${oauthGrants} AS g JOIN ${oauthClients} AS c ON c.id = g.client_id
        WHERE g.user_id = ${userId} GROUP BY c.id ORDER BY max(g.created_at) DESC, c.id LIMIT 1000`,
    ]);
    const rows = (listed?.results ?? []) as {
      id: string;
      name: string;
      scope: string;
      created_at: number;
      last_used_at: number;
    }[];
    return rows.map((row) => ({
      clientId: row.id,
      name: row.name,
      scopes: SCOPES.filter((scope) => storedScopes(row.scope).includes(scope)),
      createdAt: row.created_at,
      lastUsedAt: row.last_used_at,
    }));
  }

  /** Revokes all grants of an account to an application. Its codes and tokens for this account become invalid. */
  async revokeApp(userId: number, clientId: string): Promise<Result<void, Failure<"not_found">>> {
    const [, ended] = await transaction(this.db, [
      sql`DELETE FROM ${oauthCodes} WHERE client_id = ${clientId} AND user_id = ${userId} AND grant_id IS NULL`,
      sql`DELETE FROM ${oauthGrants} WHERE client_id = ${clientId} AND user_id = ${userId} RETURNING id`,
    ]);
    return ended?.results.length ? ok(undefined) : err({ code: "not_found", what: "app" });
  }

  /**
   * Removes grants without a valid token, expired tokens of all other grants, and codes that expired more than
   * CODE_MEMORY_MS ago.
   */
  async prune(): Promise<void> {
    const now = this.clock();
    const over = (columns: SQL) =>
      sql`SELECT ${columns} FROM ${oauthTokens} WHERE expires_at <= ${now} ORDER BY expires_at LIMIT ${PRUNE_ROWS}`;
    const livesOn = (grantId: SQL) =>
      sql`EXISTS (SELECT 1 FROM ${oauthTokens} AS t WHERE t.grant_id = ${grantId} AND t.expires_at > ${now})`;
    await transaction(this.db, [
      sql`DELETE FROM ${oauthGrants} WHERE id IN (${over(sql`grant_id`)}) AND NOT ${livesOn(sql`oauth_grants.id`)}`,
      sql`DELETE FROM ${oauthTokens} WHERE token_hash IN (${over(sql`token_hash`)})
        AND (grant_id IS NULL OR ${livesOn(sql`oauth_tokens.grant_id`)})`,
      sql`DELETE FROM ${oauthCodes} WHERE code_hash IN (SELECT code_hash FROM ${oauthCodes}
        WHERE expires_at < ${now - CODE_MEMORY_MS} LIMIT ${PRUNE_ROWS})`,
    ]);
  }
}

/** Returns why a token request does not match its code; undefined if it matches. */
const mistakeOf = async (
  { redirectUri, codeChallenge }: { readonly redirectUri: string; readonly codeChallenge: string | null },
  given: TokenRequest,
): Promise<string | undefined> => {
  if (redirectUri !== "" && redirectUri !== given.redirectUri)
    return "redirect_uri must be the one of the authorization request";
  // A verifier without a stored challenge is refused: otherwise an attacker could remove the challenge from the
  // authorization request and so disable PKCE (RFC 9700, 2.1.1).
  if (codeChallenge === null)
    return given.codeVerifier === undefined
      ? undefined
      : "code_verifier must be omitted if the authorization request had no code_challenge";
  if (given.codeVerifier === undefined) return "code_verifier is missing";
  return (await equalSecrets(await challengeOf(given.codeVerifier), codeChallenge))
    ? undefined
    : "code_verifier does not match the code_challenge";
};
