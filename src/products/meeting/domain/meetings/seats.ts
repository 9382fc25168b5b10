import { type SQL, sql } from "drizzle-orm";
import { isSessionOpen } from "../../../../core/identity/index.ts";
import type { Failure } from "../../../../lib/domain-error.ts";
import { err, ok, type Result } from "../../../../lib/result.ts";
import type { Database } from "../../../../platform/db/client.ts";
import { meetingParticipants, meetings } from "../../../../platform/db/schema/meetings.ts";
import { transaction } from "../../../../platform/db/transaction.ts";
import { CONNECT_TIMEOUT_MS, isGuest } from "./protocol.ts";

/** A user who wants to join: an account, or a guest with a name only. */
export interface Joiner {
  readonly userId: number;
  readonly fullName: string;
  /** A digest of the user's network. A guest cannot join from a network from which the host removed a participant. */
  readonly origin: string;
  /** The account's login session. The seat is taken only while the session is open, and is freed when it ends. */
  readonly sessionId?: string | undefined;
}

export interface Seat {
  readonly participantId: number;
  /** The fencing epoch of this join; see `Admission`. */
  readonly visit: number;
}

interface Row {
  readonly id: number | null;
  readonly stay: string | null;
  readonly visits: number | null;
  readonly left_at: number | null;
  readonly kicked_at: number | null;
  readonly is_over: number;
  readonly is_barred: number;
  readonly is_signed_in: number;
}

/** The seats of meetings: participant rows without `left_at`. */
export class Seats {
  constructor(private readonly db: Database) {}

  /**
   * Takes a seat, or keeps the user's seat under a new presence session. It is one transaction, so concurrent joins
   * never exceed `max_participants`; only the host gets a seat in a full meeting. Errors: `meeting_ended`,
   * `meeting_full`, `forbidden` for a removed participant, `session_required` if the login session has ended.
   */
  async take(
    { userId, fullName, origin, sessionId }: Joiner,
    id: number,
    stay: string,
    now: number,
  ): Promise<Result<Seat, Failure<"forbidden" | "meeting_ended" | "meeting_full" | "session_required">>> {
    const mine = sql`meeting_id = ${id} AND user_id = ${userId}`;
    const guestName = isGuest(userId) ? fullName : null;
    // An account is barred by its id only, because other accounts may share its network.
    const isBarred = isGuest(userId)
      ? sql`EXISTS (SELECT 1 FROM meeting_participants
          WHERE meeting_id = ${id} AND kicked_at IS NOT NULL AND guest_origin = ${origin})`
      : sql`0`;
    const isSignedIn = isSessionOpen(userId, sessionId);
    const results = await transaction(this.db, [
      sql`INSERT INTO ${meetingParticipants}
          (meeting_id, user_id, guest_name, guest_origin, stay, session_id, seated_at, joined_at)
        SELECT id, ${userId}, ${guestName}, ${origin}, ${stay}, ${sessionId ?? null}, ${now}, ${now} FROM ${meetings}
        WHERE id = ${id} AND ended_at IS NULL AND cancelled_at IS NULL AND NOT ${isBarred} AND ${isSignedIn}
          AND NOT EXISTS (SELECT 1 FROM meeting_participants WHERE ${mine} AND kicked_at IS NOT NULL)
          AND (host_id = ${userId}
            OR EXISTS (SELECT 1 FROM meeting_participants WHERE ${mine} AND left_at IS NULL)
            OR (SELECT count(*) FROM meeting_participants WHERE meeting_id = ${id} AND left_at IS NULL)
              < max_participants)
        ON CONFLICT (meeting_id, user_id) DO UPDATE SET left_at = NULL, stay = excluded.stay, visits = visits + 1,
          session_id = excluded.session_id, guest_origin = excluded.guest_origin, seated_at = excluded.seated_at,
          joined_at = iif(left_at IS NULL, joined_at, excluded.joined_at)`,
      sql`UPDATE ${meetings} SET started_at = ${now} WHERE id = ${id} AND started_at IS NULL
        AND EXISTS (SELECT 1 FROM meeting_participants WHERE ${mine} AND left_at IS NULL)`,
      sql`SELECT p.id, p.stay, p.visits, p.left_at, p.kicked_at, ${isBarred} AS is_barred, ${isSignedIn} AS is_signed_in,
          m.ended_at IS NOT NULL OR m.cancelled_at IS NOT NULL AS is_over
        FROM meetings AS m LEFT JOIN meeting_participants AS p ON p.meeting_id = m.id AND p.user_id = ${userId}
        WHERE m.id = ${id}`,
    ]);
    const [row] = (results.at(-1)?.results ?? []) as unknown as Row[];
    if (row?.is_signed_in === 0) return err({ code: "session_required" });
    if (!row || row.is_over === 1) return err({ code: "meeting_ended" });
    if (row.kicked_at !== null || row.is_barred === 1) return err({ code: "forbidden" });
    if (row.id === null || row.visits === null || row.left_at !== null || row.stay !== stay)
      return err({ code: "meeting_full" });
    return ok({ participantId: row.id, visit: row.visits });
  }

  /** Frees the seat of one presence session. */
  async releaseSeat(id: number, stay: string, now: number): Promise<void> {
    await this.free(sql`meeting_id = ${id} AND stay = ${stay}`, now);
  }

  /**
   * Frees the seats of joins that never reached the room: users whom the room does not hold and whose join is older
   * than ARRIVAL_MS. Returns true if there were any.
   */
  async releaseAbandoned(id: number, heldUserIds: readonly number[], now: number): Promise<boolean> {
    const isHeld = sql`user_id IN (SELECT value FROM json_each(${JSON.stringify(heldUserIds)}))`;
    const lost = sql`meeting_id = ${id} AND seated_at < ${now - CONNECT_TIMEOUT_MS} AND NOT ${isHeld}`;
    return (await this.free(lost, now)) > 0;
  }

  private async free(seats: SQL, now: number): Promise<number> {
    const [freed] = await transaction(this.db, [
      sql`UPDATE ${meetingParticipants} SET left_at = ${now} WHERE ${seats} AND left_at IS NULL`,
    ]);
    return freed?.meta.changes ?? 0;
  }
}
