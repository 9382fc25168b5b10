import { and, eq, isNull, ne, sql } from "drizzle-orm";
import type { Clock } from "../../lib/clock.ts";
import { randomToken } from "../../lib/ids.ts";
import { err, ok, type Result } from "../../lib/result.ts";
import { equalSecrets } from "../../lib/secrets.ts";
import { type Database, isUniqueViolation, runTransaction } from "../../platform/db/client.ts";
import { meetingParticipants, meetings } from "../../platform/db/schema/meetings.ts";
import type { KeyVault } from "../provider-config/index.ts";
import { type Meeting, type MeetingRow, type MeetingStatus, newMeetingCode, toMeeting } from "./meeting.ts";
import type { Admission } from "./protocol.ts";

export interface NewMeeting {
  readonly title: string;
  readonly description: string;
  readonly kind: Meeting["kind"];
  /** ms UTC */
  readonly startAt: number;
  readonly endAt: number | null;
  readonly maxParticipants: number;
  readonly isRecordingEnabled: boolean;
  readonly allowsGuests: boolean;
  readonly password: string | undefined;
}

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
  readonly isGuest: boolean;
}

export interface Joined {
  readonly meeting: Meeting;
  readonly participantId: number;
  readonly peerId: string;
}

/** A meeting's room: see `durable/meeting-room`. */
export interface Room {
  readonly admit: (meetingId: number, admission: Admission) => Promise<void>;
  readonly dismiss: (userId: number, reason: "left" | "kicked") => Promise<void>;
  readonly end: () => Promise<void>;
}

export interface MeetingsDependencies {
  readonly db: Database;
  readonly clock: Clock;
  readonly vault: KeyVault;
  readonly roomOf: (meetingId: number) => Room;
}

const CODE_TRIES = 3;
const NO_PASSWORD = { passwordCipher: null, passwordKeyId: null };
const notFound = () => err({ code: "not_found", what: "meeting" });
const ownerOf = (code: string): string => `meeting:${code}`;

const STATUS_SQL: Record<MeetingStatus, ReturnType<typeof sql>> = {
  scheduled: sql`m.started_at IS NULL AND m.ended_at IS NULL AND m.cancelled_at IS NULL`,
  ongoing: sql`m.started_at IS NOT NULL AND m.ended_at IS NULL AND m.cancelled_at IS NULL`,
  ended: sql`m.ended_at IS NOT NULL AND m.cancelled_at IS NULL`,
  cancelled: sql`m.cancelled_at IS NOT NULL`,
};

/** Meetings and who is in them. What happens in a meeting is its room's. */
export class Meetings {
  constructor(private readonly on: MeetingsDependencies) {}

  async create(hostId: number, { password, ...facts }: NewMeeting): Promise<Result<Meeting>> {
    const now = this.on.clock();
    for (let tries = 0; tries < CODE_TRIES; tries++) {
      const code = newMeetingCode();
      try {
        const [row] = await this.on.db
          .insert(meetings)
          .values({
            ...facts,
            ...(await this.sealed(code, password)),
            code,
            hostId,
            createdAt: now,
            updatedAt: now,
          })
          .returning();
        if (!row) throw new Error("the meeting was not stored");
        return ok(toMeeting(row));
      } catch (error) {
        if (!isUniqueViolation(error, "meetings.code")) throw error;
      }
    }
    throw new Error("no meeting code is free");
  }

  /** A page of the meetings somebody hosts or was in, the latest to begin first: one round trip. */
  async list(
    userId: number,
    filter: { readonly status?: MeetingStatus | undefined; readonly page: number; readonly limit: number },
  ): Promise<{ meetings: (Meeting & { participantsCount: number })[]; total: number }> {
    const mine = sql`(m.host_id = ${userId}
      OR m.id IN (SELECT meeting_id FROM meeting_participants WHERE user_id = ${userId}))
      AND ${filter.status ? STATUS_SQL[filter.status] : sql`true`}`;
    const [rows, counted] = await runTransaction(this.on.db, [
      sql`SELECT m.id, (SELECT count(*) FROM meeting_participants AS p
          WHERE p.meeting_id = m.id AND p.left_at IS NULL) AS present
        FROM meetings AS m WHERE ${mine} ORDER BY m.start_at DESC, m.id DESC
        LIMIT ${filter.limit} OFFSET ${(filter.page - 1) * filter.limit}`,
      sql`SELECT count(*) AS total FROM meetings AS m WHERE ${mine}`,
    ]);
    const found = (rows?.results ?? []) as { id: number; present: number }[];
    const [{ total } = { total: 0 }] = (counted?.results ?? []) as { total: number }[];
    if (found.length === 0) return { meetings: [], total };
    const full = await this.on.db
      .select()
      .from(meetings)
      .where(sql`id IN (SELECT value FROM json_each(${JSON.stringify(found.map(({ id }) => id))}))`);
    const byId = new Map(full.map((row) => [row.id, toMeeting(row)]));
    return {
      meetings: found.flatMap(({ id, present }) => {
        const meeting = byId.get(id);
        return meeting ? [{ ...meeting, participantsCount: present }] : [];
      }),
      total,
    };
  }

  /** A meeting somebody hosts or was in. Anybody else's is not found. */
  async find(userId: number, id: number): Promise<Result<Meeting & { password: string | undefined }>> {
    const [row] = await this.on.db
      .select()
      .from(meetings)
      .where(
        and(
          eq(meetings.id, id),
          sql`(${meetings.hostId} = ${userId} OR EXISTS (SELECT 1 FROM meeting_participants
            WHERE meeting_id = ${id} AND user_id = ${userId} AND kicked_at IS NULL))`,
        ),
      );
    if (!row) return notFound();
    // For the host to pass on.
    const password = row.hostId === userId ? await this.passwordOf(row) : undefined;
    return ok({ ...toMeeting(row), password });
  }

  /** A meeting by its number or code, for who is about to join. */
  async look(key: { readonly id: number } | { readonly code: string }): Promise<Result<Meeting>> {
    const [row] = await this.on.db
      .select()
      .from(meetings)
      .where("id" in key ? eq(meetings.id, key.id) : eq(meetings.code, key.code));
    return row ? ok(toMeeting(row)) : notFound();
  }

  /** The host changes what was planned; a password of null takes it away. An ended meeting stays as it was. */
  async update(
    hostId: number,
    id: number,
    { password, ...change }: Partial<Omit<NewMeeting, "password">> & { readonly password?: string | null },
  ): Promise<Result<Meeting>> {
    const found = await this.find(hostId, id);
    if (!found.ok) return found;
    const secret =
      password === undefined
        ? {}
        : ((await this.sealed(found.value.code, password ?? undefined)) ?? NO_PASSWORD);
    const [row] = await this.on.db
      .update(meetings)
      .set({ ...change, ...secret, updatedAt: this.on.clock() })
      .where(
        and(
          eq(meetings.id, id),
          eq(meetings.hostId, hostId),
          isNull(meetings.endedAt),
          isNull(meetings.cancelledAt),
        ),
      )
      .returning();
    return row ? ok(toMeeting(row)) : this.whyNot(hostId, id);
  }

  /** Lets somebody in: exactly as many as there are seats, however many come at once. */
  async join(joiner: Joiner, id: number, password: string | undefined): Promise<Result<Joined>> {
    const [row] = await this.on.db.select().from(meetings).where(eq(meetings.id, id));
    if (!row) return notFound();
    const meeting = toMeeting(row);
    if (meeting.status === "ended" || meeting.status === "cancelled") return err({ code: "meeting_ended" });
    const isHost = meeting.hostId === joiner.userId;
    if (joiner.isGuest && !meeting.allowsGuests) return err({ code: "session_required" });
    if (!isHost && !(await this.isPassword(row, password))) return err({ code: "meeting_password_wrong" });
    const now = this.on.clock();
    const { userId, fullName, isGuest } = joiner;
    const mine = sql`meeting_id = ${id} AND user_id = ${userId}`;
    const [, , participants] = await runTransaction(this.on.db, [
      sql`INSERT INTO ${meetingParticipants} (meeting_id, user_id, guest_name, joined_at)
        SELECT id, ${userId}, ${isGuest ? fullName : null}, ${now} FROM ${meetings}
        WHERE id = ${id} AND ended_at IS NULL AND cancelled_at IS NULL
          AND NOT EXISTS (SELECT 1 FROM meeting_participants WHERE ${mine} AND kicked_at IS NOT NULL)
          AND (EXISTS (SELECT 1 FROM meeting_participants WHERE ${mine} AND left_at IS NULL)
            OR (SELECT count(*) FROM meeting_participants WHERE meeting_id = ${id} AND left_at IS NULL)
              < max_participants)
        ON CONFLICT (meeting_id, user_id) DO UPDATE SET left_at = NULL,
          joined_at = iif(left_at IS NULL, joined_at, ${now})`,
      sql`UPDATE ${meetings} SET started_at = ${now} WHERE id = ${id} AND started_at IS NULL
        AND EXISTS (SELECT 1 FROM meeting_participants WHERE ${mine} AND left_at IS NULL)`,
      sql`SELECT p.id, p.left_at, p.kicked_at, m.ended_at FROM meetings AS m
        LEFT JOIN meeting_participants AS p ON p.meeting_id = m.id AND p.user_id = ${userId} WHERE m.id = ${id}`,
    ]);
    const [state] = (participants?.results ?? []) as {
      id: number | null;
      left_at: number | null;
      kicked_at: number | null;
      ended_at: number | null;
    }[];
    if (!state || state.ended_at !== null) return err({ code: "meeting_ended" });
    if (state.kicked_at !== null) return err({ code: "forbidden" });
    if (state.id === null || state.left_at !== null) return err({ code: "meeting_full" });
    const peerId = `peer_${randomToken()}`;
    await this.on.roomOf(id).admit(id, { peerId, userId, fullName, isHost });
    return ok({
      meeting: { ...meeting, startedAt: meeting.startedAt ?? now, status: "ongoing" },
      participantId: state.id,
      peerId,
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
    const now = this.on.clock();
    const [, , found] = await runTransaction(this.on.db, [
      sql`UPDATE ${meetings} SET ended_at = ${now}, updated_at = ${now}
        WHERE id = ${id} AND host_id = ${hostId} AND ended_at IS NULL AND cancelled_at IS NULL`,
      sql`UPDATE ${meetingParticipants} SET left_at = ${now} WHERE meeting_id = ${id} AND left_at IS NULL
        AND EXISTS (SELECT 1 FROM ${meetings} WHERE id = ${id} AND host_id = ${hostId})`,
      sql`SELECT host_id FROM ${meetings} WHERE id = ${id}`,
    ]);
    const [row] = (found?.results ?? []) as { host_id: number }[];
    if (!row) return notFound();
    if (row.host_id !== hostId) return this.whyNot(hostId, id);
    await this.on.roomOf(id).end();
    return this.look({ id });
  }

  /** The host calls off what has not begun. */
  async cancel(hostId: number, id: number): Promise<Result<Meeting>> {
    const now = this.on.clock();
    const [row] = await this.on.db
      .update(meetings)
      .set({ cancelledAt: now, updatedAt: now })
      .where(
        and(
          eq(meetings.id, id),
          eq(meetings.hostId, hostId),
          isNull(meetings.startedAt),
          isNull(meetings.endedAt),
          isNull(meetings.cancelledAt),
        ),
      )
      .returning();
    return row ? ok(toMeeting(row)) : this.whyNot(hostId, id);
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
      const found = await this.find(hostId, id);
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

  /** Whether somebody may see and share a meeting's files: its host and whoever was let in. */
  async isMember(userId: number, id: number): Promise<boolean> {
    return (await this.find(userId, id)).ok;
  }

  /** Once a day: seals with the current secret what an earlier one sealed. */
  async reseal(): Promise<void> {
    const keyId = await this.on.vault.currentKeyId();
    const old = await this.on.db
      .select()
      .from(meetings)
      .where(and(ne(meetings.passwordKeyId, keyId), isNull(meetings.endedAt)))
      .limit(1_000);
    for (const row of old) {
      const secret = await this.sealed(row.code, await this.passwordOf(row));
      if (secret) await this.on.db.update(meetings).set(secret).where(eq(meetings.id, row.id));
    }
  }

  private async sealed(code: string, password: string | undefined) {
    if (password === undefined) return undefined;
    const { cipher, keyId } = await this.on.vault.seal(ownerOf(code), password);
    return { passwordCipher: cipher, passwordKeyId: keyId };
  }

  private async passwordOf({ code, passwordCipher, passwordKeyId }: MeetingRow): Promise<string | undefined> {
    if (passwordCipher === null || passwordKeyId === null) return undefined;
    return this.on.vault.open(ownerOf(code), { cipher: passwordCipher, keyId: passwordKeyId });
  }

  private async isPassword(row: MeetingRow, given: string | undefined): Promise<boolean> {
    if (row.passwordCipher === null) return true;
    const expected = await this.passwordOf(row);
    return given !== undefined && expected !== undefined && equalSecrets(given, expected);
  }

  /** What to say where nothing was changed. Other people's meetings are not found unless one is in them. */
  private async whyNot(userId: number, id: number): Promise<Result<Meeting>> {
    const found = await this.find(userId, id);
    if (!found.ok) return found;
    if (found.value.hostId !== userId) return err({ code: "forbidden" });
    const { status } = found.value;
    if (status === "ended" || status === "cancelled") return err({ code: "meeting_ended" });
    return status === "ongoing" ? err({ code: "state_conflict", what: "meeting", state: status }) : found;
  }
}
