import { and, desc, eq, gt, sql } from "drizzle-orm";
import type { Clock } from "../../lib/clock.ts";
import type { Failure } from "../../lib/domain-error.ts";
import { randomToken } from "../../lib/ids.ts";
import { err, ok, type Result } from "../../lib/result.ts";
import { sha256Hex } from "../../lib/secrets.ts";
import type { Database } from "../../platform/db/client.ts";
import { accountSessions, emailLinks, refreshTokens, users } from "../../platform/db/schema/identity.ts";
import { transaction } from "../../platform/db/transaction.ts";
import type { AccessClaims, AccessTokens } from "./access-tokens.ts";
import { endSessionsStatements } from "./account-access.ts";
import { SESSION_IDLE_TTL_MS } from "./facts.ts";
import { isPasswordUnchanged, type VerifiedAccount } from "./password-proof.ts";
import { toUser, type User, userColumns } from "./user.ts";

const PRUNE_ROWS = 1_000;
const MAX_USER_AGENT = 256;

export interface SessionClient {
  readonly ip: string;
  readonly userAgent: string;
}

/** The account, session and tokens that a client receives when it signs in or refreshes. */
export interface IssuedSession {
  readonly user: User;
  readonly sessionId: string;
  readonly accessToken: string;
  /** Opaque, valid for one exchange. */
  readonly refreshToken: string;
}

/** The account and the session that make a request. */
export interface Caller {
  readonly user: User;
  readonly sessionId: string;
}

/** Called after a transaction has ended sessions of an account, to close the sockets that these sessions opened. */
export type OnSessionsEnded = (userId: number) => void;

export interface AccountSession {
  readonly id: string;
  readonly ip: string;
  readonly userAgent: string;
  /** ms UTC */
  readonly createdAt: number;
  readonly lastUsedAt: number;
  readonly expiresAt: number;
}

/**
 * Manages the sessions of accounts. A session is a row. Deleting it deletes its refresh tokens, and its access tokens
 * are refused from the next request on. A refresh token is replaced at each use. A replaced token that is used
 * again is treated as stolen and ends the session, because the server cannot tell which of the two clients belongs to
 * the owner of the account.
 */
export class AccountSessions {
  constructor(
    private readonly db: Database,
    private readonly tokens: AccessTokens,
    private readonly clock: Clock,
    private readonly onSessionsEnded: OnSessionsEnded,
  ) {}

  /** Opens a session, unless the verified password has been changed in the meantime. */
  async open(
    { user, proof }: VerifiedAccount,
    client: SessionClient,
    accessTtlMs: number,
    ttlMs = SESSION_IDLE_TTL_MS,
  ): Promise<Result<IssuedSession, Failure<"credentials_invalid">>> {
    const now = this.clock();
    const sessionId = crypto.randomUUID();
    const refreshToken = randomToken();
    const tokenHash = await sha256Hex(refreshToken);
    const userAgent = client.userAgent.slice(0, MAX_USER_AGENT);
    const credentialTag = proof.kind === "setting" ? proof.tag : null;
    const [opened] = await transaction(this.db, [
      sql`INSERT INTO ${accountSessions}
        (id, user_id, credential_tag, user_agent, ip, created_at, last_used_at, expires_at)
        SELECT ${sessionId}, ${user.id}, ${credentialTag}, ${userAgent}, ${client.ip}, ${now}, ${now},
          ${now + ttlMs} WHERE ${isPasswordUnchanged(user.id, proof)}`,
      sql`INSERT INTO ${refreshTokens} (token_hash, session_id, created_at)
        SELECT ${tokenHash}, id, ${now} FROM ${accountSessions} WHERE id = ${sessionId}`,
    ]);
    if (opened?.meta.changes !== 1) return err({ code: "credentials_invalid" });
    const accessToken = await this.sign(user, sessionId, accessTtlMs);
    return ok({ user, sessionId, refreshToken, accessToken });
  }

  /** Exchanges a refresh token in one transaction, so that only one of two parallel exchanges succeeds. */
  async refresh(
    token: string,
    accessTtlMs: number,
  ): Promise<Result<IssuedSession, Failure<"session_required">>> {
    const now = this.clock();
    const next = randomToken();
    const [usedHash, nextHash] = await Promise.all([sha256Hex(token), sha256Hex(next)]);
    // Selects the session if the token was already exchanged for a different one.
    const sessionId = sql`(SELECT session_id FROM ${refreshTokens}
      WHERE token_hash = ${usedHash} AND replaced_by <> ${nextHash})`;
    const replayed = {
      sessionId,
      userId: sql`(SELECT user_id FROM ${accountSessions} WHERE id = ${sessionId})`,
    };
    const results = await transaction(this.db, [
      sql`UPDATE ${refreshTokens} SET replaced_by = ${nextHash}
        WHERE token_hash = ${usedHash} AND replaced_by IS NULL
          AND session_id IN (SELECT id FROM ${accountSessions} WHERE expires_at > ${now})`,
      sql`INSERT INTO ${refreshTokens} (token_hash, session_id, created_at)
        SELECT ${nextHash}, session_id, ${now} FROM ${refreshTokens}
        WHERE token_hash = ${usedHash} AND replaced_by = ${nextHash}`,
      sql`UPDATE ${accountSessions} SET last_used_at = ${now}, expires_at = ${now + SESSION_IDLE_TTL_MS}
        WHERE id = (SELECT session_id FROM ${refreshTokens} WHERE token_hash = ${nextHash})`,
      ...endSessionsStatements(replayed, now),
      sql`SELECT s.id AS session_id, s.user_id FROM ${refreshTokens} AS t
        JOIN ${accountSessions} AS s ON s.id = t.session_id WHERE t.token_hash = ${nextHash}`,
    ]);
    const [row] = (results.at(-1)?.results ?? []) as { session_id: string; user_id: number }[];
    const [stolen] = (results.at(-2)?.results ?? []) as { user_id: number }[];
    if (stolen) this.onSessionsEnded(stolen.user_id);
    if (!row) return err({ code: "session_required" });
    const [user] = await this.db.select(userColumns).from(users).where(eq(users.id, row.user_id));
    if (!user) return err({ code: "session_required" });
    const accessToken = await this.sign(toUser(user, now), row.session_id, accessTtlMs);
    return ok({ user: toUser(user, now), sessionId: row.session_id, refreshToken: next, accessToken });
  }

  /**
   * Returns the account and session of an access token's claims. One read checks that the session is active and loads
   * the current state of the account. `credentialTag` returns the tag of the current administrator password.
   */
  async find(
    claims: AccessClaims,
    credentialTag: () => Promise<string>,
  ): Promise<Result<Caller, Failure<"session_required">>> {
    const [row] = await this.db
      .select({ ...userColumns, tag: accountSessions.credentialTag })
      .from(accountSessions)
      .innerJoin(users, eq(users.id, accountSessions.userId))
      .where(
        and(
          eq(accountSessions.id, claims.sid),
          eq(users.uuid, claims.sub),
          gt(accountSessions.expiresAt, this.clock()),
        ),
      );
    if (!row || (row.tag !== null && row.tag !== (await credentialTag())))
      return err({ code: "session_required" });
    return ok({ user: toUser(row, this.clock()), sessionId: claims.sid });
  }

  /** Lists the active sessions of an account, newest first, at most 100. */
  async list(user: User): Promise<AccountSession[]> {
    const { id, ip, userAgent, createdAt, lastUsedAt, expiresAt } = accountSessions;
    return this.db
      .select({ id, ip, userAgent, createdAt, lastUsedAt, expiresAt })
      .from(accountSessions)
      .where(and(eq(accountSessions.userId, user.id), gt(accountSessions.expiresAt, this.clock())))
      .orderBy(desc(accountSessions.createdAt))
      .limit(100);
  }

  /** Ends one session of an account. */
  async end(user: User, sessionId: string): Promise<Result<void, Failure<"not_found">>> {
    const results = await transaction(
      this.db,
      endSessionsStatements({ userId: user.id, sessionId }, this.clock()),
    );
    if (results.at(-1)?.results.length !== 1) return err({ code: "not_found", what: "session" });
    this.onSessionsEnded(user.id);
    return ok(undefined);
  }

  /**
   * Removes expired sessions, reset links and e-mail links, and clears the pending addresses of expired links. The
   * database deletes refresh tokens together with their session.
   */
  async prune(): Promise<void> {
    const now = this.clock();
    // Both statements must see the same rows: an address whose link was deleted would stay pending for ever.
    const expiredLinks = sql`(SELECT token_hash, user_id, kind FROM ${emailLinks} WHERE expires_at < ${now}
      ORDER BY expires_at, token_hash LIMIT ${PRUNE_ROWS})`;
    await transaction(this.db, [
      sql`DELETE FROM ${accountSessions} WHERE id IN
        (SELECT id FROM ${accountSessions} WHERE expires_at < ${now} LIMIT ${PRUNE_ROWS})`,
      sql`DELETE FROM password_resets WHERE token_hash IN
        (SELECT token_hash FROM password_resets WHERE expires_at < ${now} LIMIT ${PRUNE_ROWS})`,
      sql`UPDATE ${users} SET pending_email = NULL WHERE id IN
        (SELECT user_id FROM ${expiredLinks} WHERE kind = 'change')`,
      sql`DELETE FROM ${emailLinks} WHERE token_hash IN
        (SELECT token_hash FROM ${expiredLinks})`,
    ]);
  }

  private sign(user: User, sessionId: string, ttlMs: number): Promise<string> {
    return this.tokens.sign({ sub: user.uuid, sid: sessionId, role: user.role, plan: user.plan }, ttlMs);
  }
}
