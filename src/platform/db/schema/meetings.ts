import { sql } from "drizzle-orm";
import { index, integer, sqliteTable, text, uniqueIndex } from "drizzle-orm/sqlite-core";

/** Meetings. Times are ms UTC. */
export const meetings = sqliteTable(
  "meetings",
  {
    /** Random, see `newMeetingId`; older meetings have sequential ids. Ids do not show the order of creation. */
    id: integer("id").primaryKey({ autoIncrement: true }),
    /** The code that people type to join: `ABC-DEF-GHJ`. */
    code: text("code").notNull().unique(),
    hostId: integer("host_id").notNull(),
    title: text("title").notNull(),
    description: text("description").notNull(),
    kind: text("kind", { enum: ["video", "audio"] }).notNull(),
    startAt: integer("start_at").notNull(),
    endAt: integer("end_at"),
    maxParticipants: integer("max_participants").notNull(),
    isRecordingEnabled: integer("is_recording_enabled", { mode: "boolean" }).notNull(),
    /** Whether people without an account may join with a name. */
    allowsGuests: integer("allows_guests", { mode: "boolean" }).notNull(),
    /** Encrypted, not hashed, so that the host can see the password; null if there is none. */
    passwordCipher: text("password_cipher"),
    passwordKeyId: text("password_key_id"),
    /** When the first participant joined. */
    startedAt: integer("started_at"),
    endedAt: integer("ended_at"),
    cancelledAt: integer("cancelled_at"),
    createdAt: integer("created_at").notNull(),
    updatedAt: integer("updated_at").notNull(),
  },
  (t) => [
    index("meetings_by_host").on(t.hostId, t.startAt, t.id),
    index("meetings_open_by_end").on(t.endAt).where(sql`ended_at IS NULL AND cancelled_at IS NULL`),
  ],
);

/** Present and former participants, one row for each participant of a meeting. */
export const meetingParticipants = sqliteTable(
  "meeting_participants",
  {
    id: integer("id").primaryKey({ autoIncrement: true }),
    meetingId: integer("meeting_id")
      .notNull()
      .references(() => meetings.id, { onDelete: "cascade" }),
    /** Negative for a guest; such an id is valid in this meeting only. */
    userId: integer("user_id").notNull(),
    guestName: text("guest_name"),
    /** A digest of the network of the last join. Only guests had one when the column was named. */
    origin: text("guest_origin"),
    /** The id of the presence session; each join creates a new one. */
    stay: text("stay"),
    /** The account session that joined; the seat ends with it. Null for guests and in rows older than the column. */
    sessionId: text("session_id"),
    /** The number of joins, which is also the fencing epoch of the last join. */
    visits: integer("visits").notNull().default(1),
    /** The time of the last join. The seat is kept for a short time after it, until the peer arrives in the room. */
    seatedAt: integer("seated_at").notNull().default(0),
    joinedAt: integer("joined_at").notNull(),
    /** Null while the participant is in the meeting. */
    leftAt: integer("left_at"),
    /** When the host removed the participant, which bars another join. */
    kickedAt: integer("kicked_at"),
  },
  (t) => [
    uniqueIndex("meeting_participants_once").on(t.meetingId, t.userId),
    index("meeting_participants_present").on(t.meetingId).where(sql`left_at IS NULL`),
    index("meeting_participants_by_user").on(t.userId, t.meetingId),
    index("meeting_participants_present_by_user").on(t.userId).where(sql`left_at IS NULL`),
  ],
);

/** Files shared in a meeting. */
export const meetingFiles = sqliteTable(
  "meeting_files",
  {
    id: integer("id").primaryKey({ autoIncrement: true }),
    meetingId: integer("meeting_id").notNull(),
    userId: integer("user_id").notNull(),
    name: text("name").notNull(),
    /** The kind of file that the client named. */
    kind: text("kind", { enum: ["document", "image", "audio", "video", "recording", "other"] }).notNull(),
    /** The media type, detected from the file's bytes. */
    mediaType: text("media_type").notNull(),
    bytes: integer("bytes").notNull(),
    key: text("key").notNull(),
    createdAt: integer("created_at").notNull(),
  },
  (t) => [index("meeting_files_by_meeting").on(t.meetingId, t.createdAt, t.id)],
);
