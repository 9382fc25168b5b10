import { eq, type SQL, sql } from "drizzle-orm";
import type { Outbox } from "../../../../core/webhooks/index.ts";
import { type Clock, DAY_MS } from "../../../../lib/clock.ts";
import type { Failure } from "../../../../lib/domain-error.ts";
import { randomToken } from "../../../../lib/ids.ts";
import { err, ok, type Result } from "../../../../lib/result.ts";
import type { Database } from "../../../../platform/db/client.ts";
import { meetingParticipants, meetings } from "../../../../platform/db/schema/meetings.ts";
import { transaction } from "../../../../platform/db/transaction.ts";
import { endedEvent } from "./ended-event.ts";
import { type Meeting, type MeetingRow, toMeeting } from "./meeting.ts";
import type { Meetings } from "./meetings.ts";
import type { PasswordGuesses } from "./password-guesses.ts";
import { type Admission, type Admitted, type Departure, isGuest } from "./protocol.ts";
import { type Joiner, type Seat, Seats } from "./seats.ts";

export interface Participant {
  readonly id: number;
  readonly userId: number;
  readonly fullName: string;
  readonly isHost: boolean;
  readonly joinedAt: number;
  readonly leftAt: number | null;
}

export interface Joined {
  readonly meeting: Meeting;
  readonly participantId: number;
  /** The secret that opens the room's socket; see `Admission`. */
  readonly capability: string;
}

/** The client interface of a meeting's room; see `durable/meeting-room`. */
export interface Room {
  readonly admit: (meetingId: number, admission: Admission) => Promise<Admitted>;
  readonly dismiss: (userId: number, departure: Departure) => Promise<void>;
  readonly end: () => Promise<void>;
  /** Returns the users who are in the room or were admitted and have not connected yet. */
  readonly peers: () => Promise<readonly { readonly userId: number }[]>;
}

export interface AttendanceDependencies {
  readonly db: Database;
  readonly meetings: Meetings;
  readonly guesses: PasswordGuesses;
  readonly outbox: Outbox;
  readonly clock: Clock;
  readonly roomOf: (meetingId: number) => Room;
}

/** How long after its `end_at` an empty meeting is ended automatically. */
const OVERDUE_MS = DAY_MS;
/** How many meetings one run ends. */
const ENDED_AT_ONCE = 50;
const isEmpty = (id: SQL | number): SQL =>
  sql`NOT EXISTS (SELECT 1 FROM meeting_participants WHERE meeting_id = ${id} AND left_at IS NULL)`;

const notFound = () => err({ code: "not_found", what: "meeting" });

/** Joining, leaving and ending meetings. The rows decide about the seats, the room about the connected peers. */
export class Attendance {
  private readonly seats: Seats;

  constructor(private readonly deps: AttendanceDependencies) {
    this.seats = new Seats(deps.db);
  }

  /**
   * Admits a user to a meeting. Of two concurrent joins of one account the later one wins. The earlier one may then
   * be replaced before it is admitted, which is a `state_conflict`.
   */
  async join(
    joiner: Joiner,
    id: number,
    password: string | undefined,
  ): Promise<
    Result<
      Joined,
      Failure<
        | "forbidden"
        | "meeting_ended"
        | "meeting_full"
        | "meeting_password_wrong"
        | "not_found"
        | "rate_limited"
        | "session_required"
        | "state_conflict"
      >
    >
  > {
    const { userId, fullName } = joiner;
    const [row] = await this.deps.db.select().from(meetings).where(eq(meetings.id, id));
    if (!row) return notFound();
    const meeting = toMeeting(row);
    if (meeting.status === "ended" || meeting.status === "cancelled") return err({ code: "meeting_ended" });
    const isHost = meeting.hostId === userId;
    if (isGuest(userId) && !meeting.allowsGuests) return err({ code: "session_required" });
    const refusal = isHost ? undefined : await this.refusalOf(userId, row, password);
    if (refusal) return err(refusal);
    const now = this.deps.clock();
    const stay = randomToken();
    const seat = await this.takeSeat(joiner, id, stay, now);
    if (!seat.ok) return seat;
    const { participantId, visit } = seat.value;
    const capability = `peer_${randomToken()}`;
    const admitted = await this.admit(id, { capability, userId, fullName, isHost, stay, visit });
    if (admitted === "ended") return err({ code: "meeting_ended" });
    if (admitted === "kicked") return err({ code: "forbidden" });
    if (admitted === "superseded")
      return err({ code: "state_conflict", what: "session", state: "ended by a later join or by leaving" });
    return ok({
      meeting: { ...meeting, startedAt: meeting.startedAt ?? now, status: "ongoing" },
      participantId,
      capability,
    });
  }

  /** Leaves a meeting. Leaving again succeeds; a meeting that the user never joined is not found. */
  async leave(userId: number, id: number): Promise<Result<void, Failure<"not_found">>> {
    const now = this.deps.clock();
    const [, was] = await transaction(this.deps.db, [
      sql`UPDATE ${meetingParticipants} SET left_at = ${now}
        WHERE meeting_id = ${id} AND user_id = ${userId} AND left_at IS NULL`,
      sql`SELECT visits FROM ${meetingParticipants} WHERE meeting_id = ${id} AND user_id = ${userId}`,
    ]);
    const [row] = (was?.results ?? []) as { visits: number }[];
    if (!row) return notFound();
    await this.deps.roomOf(id).dismiss(userId, { reason: "left", visit: row.visits });
    return ok(undefined);
  }

  /** Ends the meeting for all participants; only the host may do so. Ending it again changes nothing. */
  async end(
    hostId: number,
    id: number,
  ): Promise<Result<Meeting, Failure<"forbidden" | "meeting_ended" | "not_found" | "state_conflict">>> {
    const found = await this.deps.meetings.findForJoin({ id });
    if (!found.ok) return found;
    const meeting = found.value;
    if (meeting.hostId !== hostId) return this.deps.meetings.explainUnchanged(hostId, id);
    const now = this.deps.clock();
    const isEnded = await this.conclude(meeting, sql`true`, now);
    await this.deps.roomOf(id).end();
    return isEnded
      ? ok({ ...meeting, status: "ended", endedAt: now, updatedAt: now })
      : this.deps.meetings.findForJoin({ id });
  }

  /** Ends empty meetings whose `end_at` is more than a day ago, at most ENDED_AT_ONCE per run. */
  async endOverdue(): Promise<void> {
    const now = this.deps.clock();
    const overdue = await this.deps.db
      .select()
      .from(meetings)
      .where(
        sql`end_at < ${now - OVERDUE_MS} AND ended_at IS NULL AND cancelled_at IS NULL
          AND ${isEmpty(sql`meetings.id`)}`,
      )
      .orderBy(meetings.endAt)
      .limit(ENDED_AT_ONCE);
    for (const row of overdue) {
      const isEnded = await this.conclude(toMeeting(row), isEmpty(row.id), now);
      // A meeting without a start was never joined and has no room.
      if (isEnded && row.startedAt !== null) await this.deps.roomOf(row.id).end();
    }
  }

  /** Removes a participant for the host and bars them from joining this meeting again. */
  async kick(
    hostId: number,
    id: number,
    userId: number,
  ): Promise<Result<void, Failure<"forbidden" | "not_found">>> {
    if (userId === hostId) return err({ code: "forbidden" });
    const now = this.deps.clock();
    const hosted = sql`EXISTS (SELECT 1 FROM ${meetings} WHERE id = ${id} AND host_id = ${hostId})`;
    const [kicked] = await transaction(this.deps.db, [
      sql`UPDATE ${meetingParticipants} SET left_at = ifnull(left_at, ${now}), kicked_at = ${now}
        WHERE meeting_id = ${id} AND user_id = ${userId} AND ${hosted}`,
    ]);
    if (kicked?.meta.changes !== 1) {
      const found = await this.deps.meetings.find(hostId, id);
      if (!found.ok) return found;
      return found.value.hostId === hostId
        ? err({ code: "not_found", what: "user" })
        : err({ code: "forbidden" });
    }
    await this.deps.roomOf(id).dismiss(userId, { reason: "kicked" });
    return ok(undefined);
  }

  /**
   * Lists the present and past participants, for the host and the participants only. One round trip to the database.
   */
  async participants(userId: number, id: number): Promise<Result<Participant[], Failure<"not_found">>> {
    const [allowed, rows] = await transaction(this.deps.db, [
      sql`SELECT host_id FROM ${meetings} WHERE id = ${id} AND (host_id = ${userId} OR EXISTS (
        SELECT 1 FROM meeting_participants WHERE meeting_id = ${id} AND user_id = ${userId} AND kicked_at IS NULL))`,
      sql`SELECT p.id, p.user_id, ifnull(p.guest_name, ifnull(u.full_name, ifnull(u.display_name, u.username))) AS name,
          p.joined_at, p.left_at
        FROM meeting_participants AS p LEFT JOIN users AS u ON u.id = p.user_id
        WHERE p.meeting_id = ${id} ORDER BY p.joined_at, p.id LIMIT 1000`,
    ]);
    const [meeting] = (allowed?.results ?? []) as { host_id: number }[];
    if (!meeting) return notFound();
    const found = (rows?.results ?? []) as {
      id: number;
      user_id: number;
      name: string | null;
      joined_at: number;
      left_at: number | null;
    }[];
    return ok(
      found.map((row) => ({
        id: row.id,
        userId: row.user_id,
        fullName: row.name ?? "",
        isHost: row.user_id === meeting.host_id,
        joinedAt: row.joined_at,
        leftAt: row.left_at,
      })),
    );
  }

  /** Returns why a password is refused. A limit on guesses does not lock out users who were admitted before. */
  private async refusalOf(
    userId: number,
    row: MeetingRow,
    password: string | undefined,
  ): Promise<Failure<"meeting_password_wrong" | "rate_limited"> | undefined> {
    const { guesses, meetings } = this.deps;
    // A request without a password does not count as a guess.
    const isGuess = row.passwordCipher !== null && password !== undefined && password !== "";
    const refusal = isGuess ? guesses.refusal(row.id) : undefined;
    if (refusal && !(await meetings.isMember(userId, row.id))) return refusal;
    if (await meetings.isPassword(row, password)) return undefined;
    return isGuess ? guesses.countWrong(row.id) : { code: "meeting_password_wrong" };
  }

  /**
   * Records the end of a meeting and its `meeting.ended` event. Returns false if it had ended before or if
   * `condition` does not hold.
   */
  private async conclude(meeting: Meeting, condition: SQL, now: number): Promise<boolean> {
    const { id } = meeting;
    const isOpen = sql`id = ${id} AND ended_at IS NULL AND cancelled_at IS NULL AND ${condition}`;
    const [ended] = await this.deps.outbox.run(
      [endedEvent(meeting, isOpen, now)],
      [
        sql`UPDATE ${meetings} SET ended_at = ${now}, updated_at = ${now} WHERE ${isOpen}`,
        sql`UPDATE ${meetingParticipants} SET left_at = ${now} WHERE meeting_id = ${id} AND left_at IS NULL
          AND EXISTS (SELECT 1 FROM ${meetings} WHERE id = ${id} AND ended_at IS NOT NULL)`,
      ],
    );
    return ended?.meta.changes === 1;
  }

  /**
   * Takes a seat. If all seats are taken, it frees the seats of joins that failed before they reached the room, and
   * tries once more.
   */
  private async takeSeat(
    joiner: Joiner,
    id: number,
    stay: string,
    now: number,
  ): Promise<Result<Seat, Failure<"forbidden" | "meeting_ended" | "meeting_full" | "session_required">>> {
    const seat = await this.seats.take(joiner, id, stay, now);
    if (seat.ok || seat.error.code !== "meeting_full") return seat;
    const held = await this.deps.roomOf(id).peers();
    const heldUserIds = held.map(({ userId }) => userId);
    return (await this.seats.releaseAbandoned(id, heldUserIds, now))
      ? this.seats.take(joiner, id, stay, now)
      : seat;
  }

  /** Admits a user to the room. Frees the seat again if the room does not answer or refuses the user. */
  private async admit(id: number, admission: Admission): Promise<Admitted> {
    const free = () => this.seats.releaseSeat(id, admission.stay, this.deps.clock());
    try {
      const admitted = await this.deps.roomOf(id).admit(id, admission);
      if (admitted !== "admitted") await free();
      return admitted;
    } catch (error) {
      await free();
      throw error;
    }
  }
}
