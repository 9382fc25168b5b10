import { and, eq, type SQL, sql } from "drizzle-orm";
import { type Clock, DAY_MS, HOUR_MS, SECOND_MS } from "../../lib/clock.ts";
import type { Failure } from "../../lib/domain-error.ts";
import { randomToken, shortId, toBase64Url } from "../../lib/ids.ts";
import { err, ok, type Result } from "../../lib/result.ts";
import { equalSecrets, sha256Hex } from "../../lib/secrets.ts";
import { type Database, runTransaction } from "../../platform/db/client.ts";
import { oauthClients, oauthCodes, oauthGrants, oauthTokens } from "../../platform/db/schema/oauth.ts";
import { formatScope, parseScope, SCOPES, type Scope, storedScopes } from "../developer/index.ts";
import { isSessionOpen } from "../identity/index.ts";
import { type Authorization, DEFAULT_SCOPES } from "./authorization.ts";
import { type OAuthClient, refuse } from "./clients.ts";

const CODE_TTL_MS = 60 * SECOND_MS;
export const ACCESS_TOKEN_TTL_MS = HOUR_MS;
/** From one refresh to the next. */
const REFRESH_TOKEN_TTL_MS = 90 * DAY_MS;
/** How long a code that ran out is still known as one that was used. */
const CODE_MEMORY_MS = DAY_MS;
const PRUNE_ROWS = 1_000;

/** What an application is handed. */
export interface TokenSet {
  /** Opaque; good for `ACCESS_TOKEN_TTL_MS`. */
  readonly accessToken: string;
  /** None where the application speaks for itself. */
  readonly refreshToken?: string;
  readonly scopes: readonly Scope[];
}

/** What a code is exchanged with. */
export interface TokenRequest {
  readonly code: string;
  readonly redirectUri: string | undefined;
  readonly codeVerifier: string | undefined;
}

/** An application an account lets in. Times are ms UTC. */
export interface AuthorizedApp {
  readonly clientId: string;
  readonly name: string;
  readonly scopes: readonly Scope[];
  readonly createdAt: number;
  /** When it was last handed a token, which is good for an hour. */
  readonly lastUsedAt: number;
}

/** The S256 challenge of a PKCE verifier (RFC 7636, 4.2). */
const challengeOf = async (verifier: string): Promise<string> =>
  toBase64Url(new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(verifier))));

/** The scopes of `text`, none of them beyond `allowed`; all of those where there is no text. */
const narrowed = (text: string | undefined, allowed: readonly Scope[]): readonly Scope[] | undefined => {
  if (text === undefined) return allowed;
  const scopes = parseScope(text);
  return scopes?.length && scopes.every((scope) => allowed.includes(scope)) ? scopes : undefined;
};

const SCOPE_REFUSED = [
  "invalid_scope",
  "there is no such scope, or it goes beyond what was granted",
] as const;

/** A new pair of tokens and the statements that store it under the grant `grantId` names; none where that is null. */
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

/** What accounts allow applications. A grant is a row: deleting it ends every token that came of it, at once. */
export class OAuthGrants {
  constructor(
    private readonly db: Database,
    private readonly clock: Clock,
  ) {}

  /** The code for what an account agreed to; none where the session that agreed has ended meanwhile. */
  async issueCode(
    userId: number,
    asked: Authorization,
    sessionId?: string,
  ): Promise<Result<string, Failure<"session_required">>> {
    const now = this.clock();
    const code = randomToken();
    const [inserted] = await runTransaction(this.db, [
      sql`INSERT INTO ${oauthCodes}
          (code_hash, client_id, user_id, redirect_uri, scope, code_challenge, created_at, expires_at)
        SELECT ${await sha256Hex(code)}, ${asked.clientId}, ${userId}, ${asked.askedUri}, ${formatScope(asked.scopes)},
          ${asked.codeChallenge}, ${now}, ${now + CODE_TTL_MS}
        WHERE ${isSessionOpen(userId, sessionId)}`,
    ]);
    return inserted?.meta.changes ? ok(code) : err({ code: "session_required" });
  }

  /**
   * Exchanges a code, once. One that comes a second time was stolen from somebody, before or after: what it gave is
   * revoked. Of several exchanges at once one is answered, and revoked by the others.
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
    if (!row) return refuse("invalid_grant", "there is no such code for this application");
    const grantId = shortId("grant");
    if (row.grantId === null) {
      if (row.expiresAt <= now) return refuse("invalid_grant", "the code has run out");
      const mistake = await mistakeOf(row, given);
      if (mistake !== undefined) return refuse("invalid_grant", mistake);
    }
    const { tokens, statements } = await newPair(sql`${grantId}`, now, storedScopes(row.scope), null);
    const [claimed] = await runTransaction(this.db, [
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
      : refuse("invalid_grant", "the code was used before, and what it gave is revoked");
  }

  /**
   * Exchanges a refresh token. The one exchanged stays good until one that was given for it is used: a client whose answer
   * was lost asks again and is given another pair. The first of these to be used retires everything before and beside it.
   * One that is retired and shown again was stolen from somebody: the grant ends.
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
      return refuse("invalid_grant", "there is no such refresh token for this application");
    const scopes = narrowed(scope, storedScopes(row.scope));
    if (!scopes) return refuse(...SCOPE_REFUSED);
    // Where it is retired its grant, and it with that, is gone before this is asked.
    const living = sql`SELECT grant_id FROM ${oauthTokens} WHERE token_hash = ${usedHash} AND expires_at > ${now}`;
    const { tokens, statements } = await newPair(sql`(${living})`, now, scopes, usedHash);
    const results = await runTransaction(this.db, [
      sql`DELETE FROM ${oauthGrants} WHERE id =
        (SELECT grant_id FROM ${oauthTokens} WHERE token_hash = ${usedHash} AND retired_at IS NOT NULL)`,
      sql`UPDATE ${oauthTokens} SET retired_at = ${now} WHERE grant_id = (${living}) AND kind = 'refresh'
        AND token_hash <> ${usedHash} AND predecessor_hash IS NOT ${usedHash} AND retired_at IS NULL`,
      ...statements,
    ]);
    return results[2]?.meta.changes
      ? ok(tokens)
      : refuse("invalid_grant", "the refresh token has run out, or was replaced by one that is in use");
  }

  /** For an application that speaks for itself, which is its owner's account. */
  async issueToClient(
    client: OAuthClient,
    scope?: string,
  ): Promise<Result<TokenSet, Failure<"oauth_refused">>> {
    if (client.isPublic) return refuse("unauthorized_client", "it takes an application with a secret");
    const scopes = scope === undefined ? DEFAULT_SCOPES : narrowed(scope, SCOPES);
    if (!scopes) return refuse(...SCOPE_REFUSED);
    const now = this.clock();
    const accessToken = `lso_${randomToken()}`;
    const [inserted] = await runTransaction(this.db, [
      sql`INSERT INTO ${oauthTokens} (token_hash, kind, client_id, user_id, scope, created_at, expires_at)
        SELECT ${await sha256Hex(accessToken)}, 'access', id, owner_id, ${formatScope(scopes)}, ${now},
          ${now + ACCESS_TOKEN_TTL_MS}
        FROM ${oauthClients} WHERE id = ${client.id} AND needs_new_secret_since IS NULL`,
    ]);
    return inserted?.meta.changes
      ? ok({ accessToken, scopes })
      : refuse(
          "unauthorized_client",
          "its account's access was ended: give the application a new secret first",
        );
  }

  /** The applications an account lets in, the latest first. */
  async appsOf(userId: number): Promise<AuthorizedApp[]> {
    const [listed] = await runTransaction(this.db, [
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

  /** Lets an application in no longer, however often it was: its codes and tokens are good for nothing from then on. */
  async endApp(userId: number, clientId: string): Promise<Result<void, Failure<"not_found">>> {
    const [, ended] = await runTransaction(this.db, [
      sql`DELETE FROM ${oauthCodes} WHERE client_id = ${clientId} AND user_id = ${userId} AND grant_id IS NULL`,
      sql`DELETE FROM ${oauthGrants} WHERE client_id = ${clientId} AND user_id = ${userId} RETURNING id`,
    ]);
    return ended?.results.length ? ok(undefined) : err({ code: "not_found", what: "app" });
  }

  /** Removes what ran out: grants of which no token is left, tokens of living ones, codes nobody can confuse any more. */
  async prune(): Promise<void> {
    const now = this.clock();
    const over = (columns: SQL) =>
      sql`SELECT ${columns} FROM ${oauthTokens} WHERE expires_at <= ${now} ORDER BY expires_at LIMIT ${PRUNE_ROWS}`;
    const livesOn = (grantId: SQL) =>
      sql`EXISTS (SELECT 1 FROM ${oauthTokens} AS t WHERE t.grant_id = ${grantId} AND t.expires_at > ${now})`;
    await runTransaction(this.db, [
      sql`DELETE FROM ${oauthGrants} WHERE id IN (${over(sql`grant_id`)}) AND NOT ${livesOn(sql`oauth_grants.id`)}`,
      sql`DELETE FROM ${oauthTokens} WHERE token_hash IN (${over(sql`token_hash`)})
        AND (grant_id IS NULL OR ${livesOn(sql`oauth_tokens.grant_id`)})`,
      sql`DELETE FROM ${oauthCodes} WHERE code_hash IN (SELECT code_hash FROM ${oauthCodes}
        WHERE expires_at < ${now - CODE_MEMORY_MS} LIMIT ${PRUNE_ROWS})`,
    ]);
  }
}

/** What does not fit between a code and the request for its tokens. */
const mistakeOf = async (
  { redirectUri, codeChallenge }: { readonly redirectUri: string; readonly codeChallenge: string | null },
  given: TokenRequest,
): Promise<string | undefined> => {
  if (redirectUri !== "" && redirectUri !== given.redirectUri)
    return "redirect_uri is not the one the code was asked for with";
  // Without the second, PKCE could be taken out of a request on its way (RFC 9700, 2.1.1).
  if (codeChallenge === null)
    return given.codeVerifier === undefined ? undefined : "there was no code_challenge to verify";
  if (given.codeVerifier === undefined) return "code_verifier is missing";
  return (await equalSecrets(await challengeOf(given.codeVerifier), codeChallenge))
    ? undefined
    : "code_verifier is not the right one";
};
