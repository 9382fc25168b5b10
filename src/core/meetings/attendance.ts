import { eq, type SQL, sql } from "drizzle-orm";
import type { Clock } from "../../lib/clock.ts";
import { randomToken } from "../../lib/ids.ts";
import { err, ok, type Result } from "../../lib/result.ts";
import { type Database, runTransaction } from "../../platform/db/client.ts";
import { meetingParticipants, meetings } from "../../platform/db/schema/meetings.ts";
import type { Outbox } from "../webhooks/index.ts";
import { endedEvent } from "./ended-event.ts";
import { type Meeting, toMeeting } from "./meeting.ts";
import type { Meetings } from "./meetings.ts";
import type { Admission, Admitted } from "./protocol.ts";

export interface Participant {
  readonly id: number;
  readonly userId: number;
  readonly fullName: string;
  readonly isHost: boolean;
  readonly joinedAt: number;
  readonly leftAt: number | null;
}

/** Who wants to join: an account, or somebody with a name only. */
export interface Joiner {
  readonly userId: number;
  readonly fullName: string;
  /** Of a guest: a digest of where they come from, so that one who was sent away does not come back under another name. */
  readonly guestOrigin: string | undefined;
}

export interface Joined {
  readonly meeting: Meeting;
  readonly participantId: number;
  /** What opens the room's socket, see `Admission`. */
  readonly capability: string;
}

/** A meeting's room: see `durable/meeting-room`. */
export interface Room {
  readonly admit: (meetingId: number, admission: Admission) => Promise<Admitted>;
  readonly dismiss: (userId: number, reason: "left" | "kicked") => Promise<void>;
  readonly end: () => Promise<void>;
}

export interface AttendanceDependencies {
  readonly db: Database;
  readonly meetings: Meetings;
  readonly outbox: Outbox;
  readonly clock: Clock;
  readonly roomOf: (meetingId: number) => Room;
}

interface Seat {
  readonly id: number | null;
  readonly stay: string | null;
  readonly left_at: number | null;
  readonly kicked_at: number | null;
  readonly ended_at: number | null;
  readonly is_barred: number;
}

const notFound = () => err({ code: "not_found", what: "meeting" });

/** Who is in a meeting: the rows are the truth of the seats, the room of what goes on in it. */
export class Attendance {
  constructor(private readonly on: AttendanceDependencies) {}

  /** Lets somebody in: exactly as many as there are seats, however many come at once. */
  async join(joiner: Joiner, id: number, password: string | undefined): Promise<Result<Joined>> {
    const [row] = await this.on.db.select().from(meetings).where(eq(meetings.id, id));
    if (!row) return notFound();
    const meeting = toMeeting(row);
    if (meeting.status === "ended" || meeting.status === "cancelled") return err({ code: "meeting_ended" });
    const isHost = meeting.hostId === joiner.userId;
    if (joiner.guestOrigin !== undefined && !meeting.allowsGuests) return err({ code: "session_required" });
    if (!isHost && !(await this.on.meetings.isPassword(row, password)))
      return err({ code: "meeting_password_wrong" });
    const now = this.on.clock();
    const stay = randomToken();
    const seat = await this.sit(joiner, id, stay, now);
    if (!seat || seat.ended_at !== null) return err({ code: "meeting_ended" });
    if (seat.kicked_at !== null || seat.is_barred === 1) return err({ code: "forbidden" });
    if (seat.id === null || seat.left_at !== null || seat.stay !== stay) return err({ code: "meeting_full" });
    const capability = `peer_${randomToken()}`;
    const { userId, fullName } = joiner;
    const admitted = await this.admit(id, { capability, userId, fullName, isHost, stay });
    if (admitted === "ended") return err({ code: "meeting_ended" });
    if (admitted === "kicked") return err({ code: "forbidden" });
    return ok({
      meeting: { ...meeting, startedAt: meeting.startedAt ?? now, status: "ongoing" },
      participantId: seat.id,
      capability,
    });
  }

  /** Leaving what one is not in any more is fine; what one never was in is not found. */
  async leave(userId: number, id: number): Promise<Result<void>> {
    const now = this.on.clock();
    const [, was] = await runTransaction(this.on.db, [
      sql`UPDATE ${meetingParticipants} SET left_at = ${now}
        WHERE meeting_id = ${id} AND user_id = ${userId} AND left_at IS NULL`,
      sql`SELECT 1 FROM ${meetingParticipants} WHERE meeting_id = ${id} AND user_id = ${userId}`,
    ]);
    if (was?.results.length !== 1) return notFound();
    await this.on.roomOf(id).dismiss(userId, "left");
    return ok(undefined);
  }

  /** The host ends it for everybody. Ending it again changes nothing. */
  async end(hostId: number, id: number): Promise<Result<Meeting>> {
    const found = await this.on.meetings.look({ id });
    if (!found.ok) return found;
    const meeting = found.value;
    if (meeting.hostId !== hostId) return this.on.meetings.whyNot(hostId, id);
    const now = this.on.clock();
    const isOpen = sql`id = ${id} AND ended_at IS NULL AND cancelled_at IS NULL`;
    const [ended] = await this.on.outbox.run(
      [endedEvent(meeting, isOpen, now)],
      [
        sql`UPDATE ${meetings} SET ended_at = ${now}, updated_at = ${now} WHERE ${isOpen}`,
        sql`UPDATE ${meetingParticipants} SET left_at = ${now} WHERE meeting_id = ${id} AND left_at IS NULL`,
      ],
    );
    await this.on.roomOf(id).end();
    if (ended?.meta.changes !== 1) return this.on.meetings.look({ id });
    return ok({ ...meeting, status: "ended", endedAt: now, updatedAt: now });
  }

  /** The host sends somebody away: they do not come back by themselves. */
  async kick(hostId: number, id: number, userId: number): Promise<Result<void>> {
    if (userId === hostId) return err({ code: "forbidden" });
    const now = this.on.clock();
    const hosted = sql`EXISTS (SELECT 1 FROM ${meetings} WHERE id = ${id} AND host_id = ${hostId})`;
    const [kicked] = await runTransaction(this.on.db, [
      sql`UPDATE ${meetingParticipants} SET left_at = ifnull(left_at, ${now}), kicked_at = ${now}
        WHERE meeting_id = ${id} AND user_id = ${userId} AND ${hosted}`,
    ]);
    if (kicked?.meta.changes !== 1) {
      const found = await this.on.meetings.find(hostId, id);
      if (!found.ok) return found;
      return found.value.hostId === hostId
        ? err({ code: "not_found", what: "user" })
        : err({ code: "forbidden" });
    }
    await this.on.roomOf(id).dismiss(userId, "kicked");
    return ok(undefined);
  }

  /** Who is and was in a meeting, for those who are or were: one round trip. */
  async participants(userId: number, id: number): Promise<Result<Participant[]>> {
    const [allowed, rows] = await runTransaction(this.on.db, [
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

  /** Takes a seat, or keeps it under a new stay, in one transaction. Gives what became of it. */
  private async sit(
    { userId, fullName, guestOrigin: origin }: Joiner,
    id: number,
    stay: string,
    now: number,
  ): Promise<Seat | undefined> {
    const mine = sql`meeting_id = ${id} AND user_id = ${userId}`;
    const guestOrigin = origin ?? null;
    const guestName = origin === undefined ? null : fullName;
    const isBarred = sql`EXISTS (SELECT 1 FROM meeting_participants
      WHERE meeting_id = ${id} AND kicked_at IS NOT NULL AND guest_origin = ${guestOrigin})`;
    const results = await runTransaction(this.on.db, [
      sql`INSERT INTO ${meetingParticipants} (meeting_id, user_id, guest_name, guest_origin, stay, joined_at)
        SELECT id, ${userId}, ${guestName}, ${guestOrigin}, ${stay}, ${now} FROM ${meetings}
        WHERE id = ${id} AND ended_at IS NULL AND cancelled_at IS NULL AND NOT ${isBarred}
          AND NOT EXISTS (SELECT 1 FROM meeting_participants WHERE ${mine} AND kicked_at IS NOT NULL)
          AND (EXISTS (SELECT 1 FROM meeting_participants WHERE ${mine} AND left_at IS NULL)
            OR (SELECT count(*) FROM meeting_participants WHERE meeting_id = ${id} AND left_at IS NULL)
              < max_participants)
        ON CONFLICT (meeting_id, user_id) DO UPDATE SET left_at = NULL, stay = excluded.stay,
          joined_at = iif(left_at IS NULL, joined_at, excluded.joined_at)`,
      sql`UPDATE ${meetings} SET started_at = ${now} WHERE id = ${id} AND started_at IS NULL
        AND EXISTS (SELECT 1 FROM meeting_participants WHERE ${mine} AND left_at IS NULL)`,
      sql`SELECT p.id, p.stay, p.left_at, p.kicked_at, m.ended_at, ${isBarred} AS is_barred FROM meetings AS m
        LEFT JOIN meeting_participants AS p ON p.meeting_id = m.id AND p.user_id = ${userId} WHERE m.id = ${id}`,
    ]);
    const [seat] = (results.at(-1)?.results ?? []) as unknown as Seat[];
    return seat;
  }

  /** Where the room does not answer, or lets nobody in any more, the seat is free again. */
  private async admit(id: number, admission: Admission): Promise<Admitted> {
    const free = () => this.vacate(sql`meeting_id = ${id} AND stay = ${admission.stay}`);
    try {
      const admitted = await this.on.roomOf(id).admit(id, admission);
      if (admitted !== "admitted") await free();
      return admitted;
    } catch (error) {
      await free();
      throw error;
    }
  }

  private async vacate(seats: SQL): Promise<void> {
    await runTransaction(this.on.db, [
      sql`UPDATE ${meetingParticipants} SET left_at = ${this.on.clock()} WHERE ${seats} AND left_at IS NULL`,
    ]);
  }
}
