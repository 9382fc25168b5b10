import { asc, eq, lt, type SQL, sql } from "drizzle-orm";
import { type Clock, DAY_MS } from "../../lib/clock.ts";
import type { Database } from "../../platform/db/client.ts";
import { apiKeys } from "../../platform/db/schema/access.ts";
import { accountSessions, endedAccess } from "../../platform/db/schema/identity.ts";
import { meetingParticipants } from "../../platform/db/schema/meetings.ts";
import { oauthClients, oauthCodes, oauthGrants, oauthTokens } from "../../platform/db/schema/oauth.ts";
import { transaction } from "../../platform/db/transaction.ts";

/** Selects one session of an account, or all of them. A subquery that yields NULL selects no session. */
export interface SessionsOf {
  readonly userId: number | SQL;
  readonly sessionId?: string | SQL;
}

/**
 * Returns the statements that end sessions and the meeting seats taken with them, and record which durable objects
 * must be signalled. The last statement deletes the sessions and returns their `id` and `user_id`. It comes last
 * because the other statements read the sessions.
 */
export const endSessionsStatements = ({ userId, sessionId }: SessionsOf, now: number): SQL[] => {
  const sessions =
    sessionId === undefined ? sql`user_id = ${userId}` : sql`user_id = ${userId} AND id = ${sessionId}`;
  // Ending all sessions also ends the seats whose session is unknown, or has expired and been deleted.
  const seats =
    sessionId === undefined
      ? sql`user_id = ${userId} AND left_at IS NULL`
      : sql`user_id = ${userId} AND left_at IS NULL AND session_id = ${sessionId}`;
  return [
    sql`INSERT INTO ${endedAccess} (user_id, session_id, ended_at)
      SELECT user_id, id, ${now} FROM ${accountSessions} WHERE ${sessions}`,
    sql`INSERT INTO ${endedAccess} (user_id, meeting_id, visit, ended_at)
      SELECT user_id, meeting_id, visits, ${now} FROM ${meetingParticipants} WHERE ${seats}`,
    sql`UPDATE ${meetingParticipants} SET left_at = ${now} WHERE ${seats}`,
    sql`DELETE FROM ${accountSessions} WHERE ${sessions} RETURNING id, user_id`,
  ];
};

/**
 * Returns the statements that end all access to an account except its sessions: API keys, authorization codes and
 * grants of applications with their tokens, and the `client_credentials` tokens of the account's own applications.
 * These applications get new `client_credentials` tokens only after their secret has been replaced.
 */
export const endOtherAccessStatements = (userId: number | SQL, now: number): SQL[] => [
  sql`UPDATE ${apiKeys} SET revoked_at = ${now} WHERE user_id = ${userId} AND revoked_at IS NULL`,
  sql`DELETE FROM ${oauthCodes} WHERE user_id = ${userId} AND grant_id IS NULL`,
  sql`DELETE FROM ${oauthGrants} WHERE user_id = ${userId}`,
  sql`DELETE FROM ${oauthTokens} WHERE user_id = ${userId} AND grant_id IS NULL`,
  sql`UPDATE ${oauthClients} SET needs_new_secret_since = ${now} WHERE owner_id = ${userId} AND secret_hash IS NOT NULL`,
];

/**
 * Returns the SQL condition that the caller's session is still open. Statements that create something lasting, such
 * as an API key, need it because the session may end after the request was authenticated. Without a session the
 * condition is always true.
 */
export const isSessionOpen = (userId: number, sessionId: string | undefined): SQL =>
  sessionId === undefined
    ? sql`1`
    : sql`EXISTS (SELECT 1 FROM ${accountSessions} WHERE id = ${sessionId} AND user_id = ${userId})`;

/** The credential that authenticated a request: a session, an access token of an application, or an API key. */
export interface RequestCredential {
  readonly sessionId?: string | undefined;
  readonly clientId: string | null;
  /** The id of the API key, if the request has neither a session nor a token of an application. */
  readonly credential?: string | undefined;
}

/**
 * Like `isSessionOpen`, for requests that may also use an API key or a token of an application. An application has
 * access if the account granted it access or owns it.
 */
export const isAccessOpen = (userId: number, { sessionId, clientId, credential }: RequestCredential): SQL => {
  if (clientId !== null)
    return sql`EXISTS (SELECT 1 FROM ${oauthClients} WHERE id = ${clientId} AND disabled_at IS NULL AND (
      (owner_id = ${userId} AND needs_new_secret_since IS NULL)
      OR EXISTS (SELECT 1 FROM ${oauthGrants} WHERE client_id = ${clientId} AND user_id = ${userId})))`;
  if (sessionId !== undefined || credential === undefined) return isSessionOpen(userId, sessionId);
  return sql`EXISTS (SELECT 1 FROM ${apiKeys} WHERE id = ${credential} AND user_id = ${userId} AND revoked_at IS NULL)`;
};

export interface EndedAccessDependencies {
  readonly db: Database;
  readonly clock: Clock;
  /** Closes the progress sockets that were opened with these sessions. */
  readonly closeSockets: (userId: number, sessionIds: readonly string[]) => Promise<void>;
  /**
   * Closes the signaling socket of an account in a meeting, unless a join after the fencing epoch `visit` owns it.
   */
  readonly closeSeat: (userId: number, meetingId: number, visit: number) => Promise<void>;
}

type Note = typeof endedAccess.$inferSelect;

/** The age from which `sweep` delivers a note. Before that, the request that wrote the note delivers it. */
const OVERDUE_MS = 30_000;
/**
 * The age at which notes are deleted. A progress socket does not outlive its access token, which is valid for at most
 * a day, so it has closed by then. The signaling sockets of meetings have no such limit.
 */
const NOTE_TTL_MS = DAY_MS;
/** The maximum number of notes that one call delivers. */
const BATCH = 500;

/**
 * Signals to durable objects that access has ended in the database. A signal may be repeated; a failed one is retried
 * until its note is NOTE_TTL_MS old.
 */
export class EndedAccess {
  constructor(private readonly deps: EndedAccessDependencies) {}

  /** Delivers the notes of one account. Call it after a transaction that ended access to this account. */
  signal(userId: number): Promise<void> {
    return this.deliver(eq(endedAccess.userId, userId));
  }

  /** Repeats the signals that have not been delivered, and deletes notes that are too old. */
  async sweep(): Promise<void> {
    const { db, clock } = this.deps;
    await db.delete(endedAccess).where(lt(endedAccess.endedAt, clock() - NOTE_TTL_MS));
    await this.deliver(lt(endedAccess.endedAt, clock() - OVERDUE_MS));
  }

  private async deliver(which: SQL): Promise<void> {
    const { db, closeSockets, closeSeat } = this.deps;
    const notes = await db.select().from(endedAccess).where(which).orderBy(asc(endedAccess.id)).limit(BATCH);
    const byUser = Map.groupBy(
      notes.filter(({ sessionId }) => sessionId !== null),
      ({ userId }) => userId,
    );
    const sockets = [...byUser].map(([userId, of]): [Note[], Promise<void>] => {
      const sessionIds = of.flatMap(({ sessionId }) => sessionId ?? []);
      return [of, closeSockets(userId, sessionIds)];
    });
    const seats = notes.flatMap((note): [Note[], Promise<void>][] => {
      const { userId, meetingId, visit } = note;
      return meetingId === null || visit === null ? [] : [[[note], closeSeat(userId, meetingId, visit)]];
    });
    const signals = [...sockets, ...seats];
    const answers = await Promise.allSettled(signals.map(([, signal]) => signal));
    const delivered = signals.flatMap(([of], i) =>
      answers[i]?.status === "fulfilled" ? of.map(({ id }) => id) : [],
    );
    if (delivered.length > 0)
      await transaction(db, [
        sql`DELETE FROM ${endedAccess} WHERE id IN (SELECT value FROM json_each(${JSON.stringify(delivered)}))`,
      ]);
    const failed = answers.find((answer) => answer.status === "rejected");
    if (failed) throw failed.reason;
  }
}
