import { asc, eq, lt, type SQL, sql } from "drizzle-orm";
import { type Clock, DAY_MS } from "../../lib/clock.ts";
import { type Database, runTransaction } from "../../platform/db/client.ts";
import { apiKeys } from "../../platform/db/schema/developer.ts";
import { accountSessions, endedAccess } from "../../platform/db/schema/identity.ts";
import { meetingParticipants } from "../../platform/db/schema/meetings.ts";
import { oauthClients, oauthCodes, oauthGrants, oauthTokens } from "../../platform/db/schema/oauth.ts";

/** One session of an account, or all of them. Both parts may be subqueries, which name nothing where they are NULL. */
export interface SessionsOf {
  readonly userId: number | SQL;
  readonly sessionId?: string | SQL;
}

/**
 * Ends sessions with the meeting seats that were taken with them, and notes which durable objects are to be told. The last
 * statement deletes the sessions and returns their `id` and `user_id`; it follows all statements that look them up.
 */
export const endSessions = ({ userId, sessionId }: SessionsOf, now: number): SQL[] => {
  const sessions =
    sessionId === undefined ? sql`user_id = ${userId}` : sql`user_id = ${userId} AND id = ${sessionId}`;
  // With all sessions go the seats too whose session is not known, or has run out and is deleted.
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
 * Ends what opens an account beside its sessions: API keys, what it allowed applications (authorization codes, grants with
 * their tokens) and the tokens its own applications hold for it. An application gets such a token again with a new secret.
 */
export const endOtherAccess = (userId: number | SQL, now: number): SQL[] => [
  sql`UPDATE ${apiKeys} SET revoked_at = ${now} WHERE user_id = ${userId} AND revoked_at IS NULL`,
  sql`DELETE FROM ${oauthCodes} WHERE user_id = ${userId} AND grant_id IS NULL`,
  sql`DELETE FROM ${oauthGrants} WHERE user_id = ${userId}`,
  sql`DELETE FROM ${oauthTokens} WHERE user_id = ${userId} AND grant_id IS NULL`,
  sql`UPDATE ${oauthClients} SET needs_new_secret_since = ${now} WHERE owner_id = ${userId} AND secret_hash IS NOT NULL`,
];

/**
 * Whether the session that asks is still open: a condition of statements that make what outlives the request, such as a key.
 * A request may have passed the door just before its session was ended. Without a session it always holds.
 */
export const isSessionOpen = (userId: number, sessionId: string | undefined): SQL =>
  sessionId === undefined
    ? sql`1`
    : sql`EXISTS (SELECT 1 FROM ${accountSessions} WHERE id = ${sessionId} AND user_id = ${userId})`;

/** What a request showed to speak for an account: a session, a token of an application, or else an API key. */
export interface ShownAccess {
  readonly sessionId?: string | undefined;
  readonly clientId: string | null;
  /** The id of the API key, where it is neither of the two. */
  readonly credential?: string | undefined;
}

/** As `isSessionOpen`, for what keys and applications may do too. An application is let in by a grant, or is the account's own. */
export const isAccessOpen = (userId: number, { sessionId, clientId, credential }: ShownAccess): SQL => {
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
  /** Closes the signaling socket of an account in a meeting, unless it has joined again since that visit. */
  readonly closeSeat: (userId: number, meetingId: number, visit: number) => Promise<void>;
}

type Note = typeof endedAccess.$inferSelect;

/** How old a note is before the sweep takes it: until then the request that wrote it is about to signal itself. */
const OVERDUE_MS = 30_000;
/** A socket lasts no longer than its access token: an older note has nothing left to close. */
const NOTE_TTL_MS = DAY_MS;
/** Notes that are signalled at a time. */
const BATCH = 500;

/** Tells durable objects of access that has ended in the database. A signal may be repeated; none is lost. */
export class EndedAccess {
  constructor(private readonly deps: EndedAccessDependencies) {}

  /** After a transaction that ended access of this account. */
  signal(userId: number): Promise<void> {
    return this.deliver(eq(endedAccess.userId, userId));
  }

  /** Repeats signals that did not arrive. */
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
    const told = signals.flatMap(([of], i) =>
      answers[i]?.status === "fulfilled" ? of.map(({ id }) => id) : [],
    );
    if (told.length > 0)
      await runTransaction(db, [
        sql`DELETE FROM ${endedAccess} WHERE id IN (SELECT value FROM json_each(${JSON.stringify(told)}))`,
      ]);
    const failed = answers.find((answer) => answer.status === "rejected");
    if (failed) throw failed.reason;
  }
}
