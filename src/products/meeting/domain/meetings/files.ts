import { and, desc, eq, sql } from "drizzle-orm";
import { fileTypeFromBuffer } from "file-type";
import type { Clock } from "../../../../lib/clock.ts";
import type { Failure } from "../../../../lib/domain-error.ts";
import { randomToken } from "../../../../lib/ids.ts";
import { err, ok, type Result } from "../../../../lib/result.ts";
import type { Database } from "../../../../platform/db/client.ts";
import { meetingFiles, meetings } from "../../../../platform/db/schema/meetings.ts";
import { MediaTooLargeError, type TrackedMediaStore } from "../../../../platform/media.ts";
import { MAX_FILE_BYTES, MAX_RECORDING_BYTES } from "../facts.ts";
import type { Meetings } from "./meetings.ts";
import type { Notice } from "./protocol.ts";

export type MeetingFile = typeof meetingFiles.$inferSelect;
/** File types are detected from this many first bytes. */
const HEAD_BYTES = 4_100;

/** A stored object that no row names yet. */
export interface Draft {
  readonly key: string;
  readonly bytes: number;
  readonly mediaType: string;
}

export interface NewFile {
  readonly meetingId: number;
  readonly userId: number;
  readonly name: string;
  readonly kind: MeetingFile["kind"];
}

const notFound = () => err({ code: "not_found", what: "meeting" });
const newKey = (): string => `meetings/${randomToken()}`;
const typeOf = async (head: Uint8Array): Promise<string> =>
  (await fileTypeFromBuffer(head))?.mime ?? "application/octet-stream";

/** The files shared in a meeting. The host and all admitted users may see them. */
export class MeetingFiles {
  constructor(
    private readonly db: Database,
    private readonly store: TrackedMediaStore,
    private readonly meetings: Meetings,
    private readonly clock: Clock,
    /** Sends a notice to the meeting's room after the response; it never throws. */
    private readonly tell: (meetingId: number, notice: Notice) => void,
  ) {}

  /** Checks that the user may share a file of this kind and size. Returns the key of the object for it. */
  async reserve(
    file: NewFile,
    bytes: number,
  ): Promise<Result<string, Failure<"body_too_large" | "not_found" | "upload_failed">>> {
    const limitBytes = file.kind === "recording" ? MAX_RECORDING_BYTES : MAX_FILE_BYTES;
    if (bytes > limitBytes) return err({ code: "body_too_large", limitBytes });
    const permitted = await this.permit(file);
    return permitted.ok ? ok(newKey()) : permitted;
  }

  /** Returns the uploaded object of an announced key as a draft. */
  async findDraft(key: string): Promise<Result<Draft, Failure<"media_gone">>> {
    const object = await this.store.bucket.get(key, { range: { offset: 0, length: HEAD_BYTES } });
    if (!object) return err({ code: "media_gone" });
    const mediaType = await typeOf(new Uint8Array(await object.arrayBuffer()));
    return ok({ key, bytes: object.size, mediaType });
  }

  /** Stores a file from a stream before its meeting and user are known: a form may name them after the file. */
  async storeDraft(
    body: ReadableStream<Uint8Array>,
  ): Promise<Result<Draft, Failure<"body_too_large" | "upload_failed">>> {
    const key = newKey();
    const [head, rest] = await beginning(body);
    const mediaType = await typeOf(head);
    try {
      const bytes = await this.store.putUnknownLength(key, rest, mediaType, MAX_FILE_BYTES);
      if (bytes > 0) return ok({ key, bytes, mediaType });
      await this.deleteDraft({ key, bytes, mediaType });
      return err({ code: "upload_failed", detail: "the file is empty" });
    } catch (error) {
      if (error instanceof MediaTooLargeError)
        return err({ code: "body_too_large", limitBytes: MAX_FILE_BYTES });
      throw error;
    }
  }

  async deleteDraft({ key }: Draft): Promise<void> {
    await this.store.delete([key]);
  }

  /**
   * Adds an announced draft to a meeting. A repeated call adds it only once. A recording is accepted even if
   * recording was turned off meanwhile, because it was made while recording was on.
   */
  async add(file: NewFile, draft: Draft): Promise<Result<MeetingFile, Failure<"not_found">>> {
    return (await this.meetings.isMember(file.userId, file.meetingId))
      ? ok(await this.keep(file, draft))
      : notFound();
  }

  /**
   * Adds a draft that was not announced, and deletes its object if the request is refused. An exception deletes
   * nothing: the row may have been written, so the cleanup of orphaned objects decides later.
   */
  async addOrDrop(
    file: NewFile,
    draft: Draft,
  ): Promise<Result<MeetingFile, Failure<"not_found" | "upload_failed">>> {
    const permitted = await this.permit(file);
    if (permitted.ok) return ok(await this.keep(file, draft));
    await this.deleteDraft(draft);
    return permitted;
  }

  /** Lists the files of a meeting, newest first, at most 1,000. */
  async list(userId: number, meetingId: number): Promise<Result<MeetingFile[], Failure<"not_found">>> {
    if (!(await this.meetings.isMember(userId, meetingId))) return notFound();
    return ok(
      await this.db
        .select()
        .from(meetingFiles)
        .where(eq(meetingFiles.meetingId, meetingId))
        .orderBy(desc(meetingFiles.createdAt), desc(meetingFiles.id))
        .limit(1_000),
    );
  }

  /** Returns a file of a meeting that the user may see. Any other file is not found. */
  async find(userId: number, id: number): Promise<Result<MeetingFile, Failure<"not_found">>> {
    const [file] = await this.db.select().from(meetingFiles).where(eq(meetingFiles.id, id));
    return file && (await this.meetings.isMember(userId, file.meetingId))
      ? ok(file)
      : err({ code: "not_found", what: "file" });
  }

  /** Deletes a file. Only the user who shared it and the host may do so. */
  async remove(userId: number, id: number): Promise<Result<void, Failure<"forbidden" | "not_found">>> {
    const found = await this.find(userId, id);
    if (!found.ok) return found;
    if (found.value.userId !== userId) {
      const [hosted] = await this.db
        .select({ id: meetings.id })
        .from(meetings)
        .where(and(eq(meetings.id, found.value.meetingId), eq(meetings.hostId, userId)));
      if (!hosted) return err({ code: "forbidden" });
    }
    await this.db.delete(meetingFiles).where(eq(meetingFiles.id, id));
    // The object is orphaned now. If this deletion fails, the cleanup of orphaned objects deletes it later.
    await this.store.delete([found.value.key]).catch(() => undefined);
    this.tell(found.value.meetingId, { type: "file-removed", file_id: id });
    return ok(undefined);
  }

  /**
   * Checks that the user may share a file of this kind: the host and admitted users may, a recording only in a
   * meeting with recording enabled.
   */
  private async permit({
    meetingId,
    userId,
    kind,
  }: NewFile): Promise<Result<void, Failure<"not_found" | "upload_failed">>> {
    const found = await this.meetings.find(userId, meetingId);
    if (!found.ok) return found;
    return kind === "recording" && !found.value.isRecordingEnabled
      ? err({ code: "upload_failed", detail: "recording is turned off for this meeting" })
      : ok(undefined);
  }

  private async keep(
    { meetingId, userId, name, kind }: NewFile,
    { key, bytes, mediaType }: Draft,
  ): Promise<MeetingFile> {
    const mine = sql`meeting_id = ${meetingId} AND key = ${key}`;
    const { meta } = await this.db.run(sql`INSERT INTO ${meetingFiles}
        (meeting_id, user_id, name, kind, media_type, bytes, key, created_at)
      SELECT ${meetingId}, ${userId}, ${name}, ${kind}, ${mediaType}, ${bytes}, ${key}, ${this.clock()}
      WHERE NOT EXISTS (SELECT 1 FROM ${meetingFiles} WHERE ${mine})`);
    const [row] = await this.db.select().from(meetingFiles).where(mine);
    if (!row) throw new Error("the file was not stored");
    if (meta.changes > 0) this.tell(meetingId, sharedNotice(row));
    return row;
  }
}

const sharedNotice = ({ id, name, bytes, kind, userId }: MeetingFile): Notice => ({
  type: "file-shared",
  file_id: id,
  file_name: name,
  file_size: bytes,
  file_type: kind,
  user_id: userId,
});

/** Reads the first bytes of a stream. Returns them and a stream that contains all bytes. */
const beginning = async (
  body: ReadableStream<Uint8Array>,
): Promise<[head: Uint8Array, whole: ReadableStream<Uint8Array>]> => {
  const reader = body.getReader();
  const chunks: Uint8Array[] = [];
  let total = 0;
  let isDone = false;
  while (total < HEAD_BYTES && !isDone) {
    const { done, value } = await reader.read();
    if (value) {
      chunks.push(value);
      total += value.length;
    }
    isDone = done;
  }
  // Copied before the stream is created, because its `pull` runs at once and removes chunks.
  const head = new Uint8Array(Buffer.concat(chunks).subarray(0, HEAD_BYTES));
  const whole = new ReadableStream<Uint8Array>({
    async pull(controller) {
      const held = chunks.shift();
      if (held) return controller.enqueue(held);
      const { done, value } = await reader.read();
      if (done) controller.close();
      else controller.enqueue(value);
    },
    cancel: (reason) => reader.cancel(reason),
  });
  return [head, whole];
};
