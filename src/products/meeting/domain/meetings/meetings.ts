import { and, eq, isNull, ne, sql } from "drizzle-orm";
import type { KeyVault } from "../../../../core/secrets/index.ts";
import type { Clock } from "../../../../lib/clock.ts";
import type { Failure } from "../../../../lib/domain-error.ts";
import { err, ok, type Result } from "../../../../lib/result.ts";
import { equalSecrets } from "../../../../lib/secrets.ts";
import { type Database, isUniqueViolation } from "../../../../platform/db/client.ts";
import { meetings } from "../../../../platform/db/schema/meetings.ts";
import { transaction } from "../../../../platform/db/transaction.ts";
import {
  type Meeting,
  type MeetingRow,
  type MeetingStatus,
  newMeetingCode,
  newMeetingId,
  toMeeting,
} from "./meeting.ts";

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

export interface MeetingsDependencies {
  readonly db: Database;
  readonly clock: Clock;
  readonly vault: KeyVault;
  /** Returns a random number for a new meeting. It is called again if the number is taken. */
  readonly newId?: () => number;
}

/** How often a number is drawn. With a million meetings, one draw in two thousand hits a number that is taken. */
const DRAWS = 5;
const NO_PASSWORD = { passwordCipher: null, passwordKeyId: null };
const notFound = () => err({ code: "not_found", what: "meeting" });
const ownerOf = (code: string): string => `meeting:${code}`;

const STATUS_SQL: Record<MeetingStatus, ReturnType<typeof sql>> = {
  scheduled: sql`m.started_at IS NULL AND m.ended_at IS NULL AND m.cancelled_at IS NULL`,
  ongoing: sql`m.started_at IS NOT NULL AND m.ended_at IS NULL AND m.cancelled_at IS NULL`,
  ended: sql`m.ended_at IS NOT NULL AND m.cancelled_at IS NULL`,
  cancelled: sql`m.cancelled_at IS NOT NULL`,
};

/** Scheduled meetings. `Attendance` handles their participants, `durable/meeting-room` their live rooms. */
export class Meetings {
  constructor(private readonly deps: MeetingsDependencies) {}

  async create(hostId: number, { password, ...facts }: NewMeeting): Promise<Result<Meeting, never>> {
    const now = this.deps.clock();
    const { newId = newMeetingId } = this.deps;
    for (let draws = 0; draws < DRAWS; draws++) {
      const code = newMeetingCode();
      try {
        const [row] = await this.deps.db
          .insert(meetings)
          .values({
            ...facts,
            ...(await this.sealed(code, password)),
            id: newId(),
            code,
            hostId,
            createdAt: now,
            updatedAt: now,
          })
          .returning();
        if (!row) throw new Error("the meeting was not stored");
        return ok(toMeeting(row));
      } catch (error) {
        const isTaken = ["meetings.id", "meetings.code"].some((column) => isUniqueViolation(error, column));
        if (!isTaken) throw error;
      }
    }
    throw new Error(`no free meeting number or code in ${DRAWS} draws`);
  }

  /** Lists a page of the meetings that the user hosts or joined, latest start first. */
  async list(
    userId: number,
    filter: { readonly status?: MeetingStatus | undefined; readonly page: number; readonly limit: number },
  ): Promise<{ meetings: (Meeting & { participantsCount: number })[]; total: number }> {
    const mine = sql`(m.host_id = ${userId}
      OR m.id IN (SELECT meeting_id FROM meeting_participants WHERE user_id = ${userId} AND kicked_at IS NULL))
      AND ${filter.status ? STATUS_SQL[filter.status] : sql`true`}`;
    const [rows, counted] = await transaction(this.deps.db, [
      sql`SELECT m.id, (SELECT count(*) FROM meeting_participants AS p
          WHERE p.meeting_id = m.id AND p.left_at IS NULL) AS present
        FROM meetings AS m WHERE ${mine} ORDER BY m.start_at DESC, m.created_at DESC, m.id DESC
        LIMIT ${filter.limit} OFFSET ${(filter.page - 1) * filter.limit}`,
      sql`SELECT count(*) AS total FROM meetings AS m WHERE ${mine}`,
    ]);
    const found = (rows?.results ?? []) as { id: number; present: number }[];
    const [{ total } = { total: 0 }] = (counted?.results ?? []) as { total: number }[];
    if (found.length === 0) return { meetings: [], total };
    const full = await this.deps.db
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

  /** Returns a meeting that the user hosts or joined. Any other meeting is not found. */
  async find(
    userId: number,
    id: number,
  ): Promise<Result<Meeting & { password: string | undefined }, Failure<"not_found">>> {
    const [row] = await this.deps.db
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
    // Only the host sees the password, to share it with the participants.
    const password = row.hostId === userId ? await this.passwordOf(row) : undefined;
    return ok({ ...toMeeting(row), password });
  }

  /** Returns a meeting by its number or code, for a user who is about to join. */
  async findForJoin(
    key: { readonly id: number } | { readonly code: string },
  ): Promise<Result<Meeting, Failure<"not_found">>> {
    const [row] = await this.deps.db
      .select()
      .from(meetings)
      .where("id" in key ? eq(meetings.id, key.id) : eq(meetings.code, key.code));
    return row ? ok(toMeeting(row)) : notFound();
  }

  /** Changes a meeting for its host. A password of null removes the password. Ended meetings cannot be changed. */
  async update(
    hostId: number,
    id: number,
    { password, ...change }: Partial<Omit<NewMeeting, "password">> & { readonly password?: string | null },
  ): Promise<
    Result<
      Meeting,
      Failure<"forbidden" | "invalid_request" | "meeting_ended" | "not_found" | "state_conflict">
    >
  > {
    const found = await this.find(hostId, id);
    if (!found.ok) return found;
    const { startAt, endAt } = { ...found.value, ...change };
    if (endAt !== null && endAt <= startAt)
      return err({
        code: "invalid_request",
        issues: [{ path: "end_time", message: "must be after start_time" }],
      });
    const secret =
      password === undefined
        ? {}
        : ((await this.sealed(found.value.code, password ?? undefined)) ?? NO_PASSWORD);
    const [row] = await this.deps.db
      .update(meetings)
      .set({ ...change, ...secret, updatedAt: this.deps.clock() })
      .where(
        and(
          eq(meetings.id, id),
          eq(meetings.hostId, hostId),
          isNull(meetings.endedAt),
          isNull(meetings.cancelledAt),
        ),
      )
      .returning();
    return row ? ok(toMeeting(row)) : this.explainUnchanged(hostId, id);
  }

  /** Cancels a meeting that has not started, for its host. */
  async cancel(
    hostId: number,
    id: number,
  ): Promise<Result<Meeting, Failure<"forbidden" | "meeting_ended" | "not_found" | "state_conflict">>> {
    const now = this.deps.clock();
    const [row] = await this.deps.db
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
    return row ? ok(toMeeting(row)) : this.explainUnchanged(hostId, id);
  }

  /** Returns whether the user may see and share the meeting's files: the host and all admitted users may. */
  async isMember(userId: number, id: number): Promise<boolean> {
    return (await this.find(userId, id)).ok;
  }

  /** Re-encrypts passwords that were encrypted with an earlier key. Runs once a day, at most 1,000 rows per run. */
  async reencryptPasswords(): Promise<void> {
    const keyId = await this.deps.vault.currentKeyId();
    const old = await this.deps.db
      .select()
      .from(meetings)
      .where(and(ne(meetings.passwordKeyId, keyId), isNull(meetings.endedAt)))
      .limit(1_000);
    for (const row of old) {
      const secret = await this.sealed(row.code, await this.passwordOf(row));
      // The condition keeps a password that was changed since it was read.
      const unchanged = and(eq(meetings.id, row.id), eq(meetings.passwordCipher, row.passwordCipher ?? ""));
      if (secret) await this.deps.db.update(meetings).set(secret).where(unchanged);
    }
  }

  private async sealed(code: string, password: string | undefined) {
    if (password === undefined) return undefined;
    const { cipher, keyId } = await this.deps.vault.encrypt(ownerOf(code), password);
    return { passwordCipher: cipher, passwordKeyId: keyId };
  }

  private async passwordOf({ code, passwordCipher, passwordKeyId }: MeetingRow): Promise<string | undefined> {
    if (passwordCipher === null || passwordKeyId === null) return undefined;
    return this.deps.vault.decrypt(ownerOf(code), { cipher: passwordCipher, keyId: passwordKeyId });
  }

  /** Returns whether the given password is right; any is, if the meeting has none. */
  async isPassword(row: MeetingRow, given: string | undefined): Promise<boolean> {
    if (row.passwordCipher === null) return true;
    const expected = await this.passwordOf(row);
    return given !== undefined && expected !== undefined && equalSecrets(given, expected);
  }

  /** Explains why an update changed nothing. A meeting that the user neither hosts nor joined is not found. */
  async explainUnchanged(
    userId: number,
    id: number,
  ): Promise<Result<Meeting, Failure<"forbidden" | "meeting_ended" | "not_found" | "state_conflict">>> {
    const found = await this.find(userId, id);
    if (!found.ok) return found;
    if (found.value.hostId !== userId) return err({ code: "forbidden" });
    const { status } = found.value;
    if (status === "ended" || status === "cancelled") return err({ code: "meeting_ended" });
    return status === "ongoing" ? err({ code: "state_conflict", what: "meeting", state: status }) : found;
  }
}
