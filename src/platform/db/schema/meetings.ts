import { sql } from "drizzle-orm";
import { index, integer, sqliteTable, text, uniqueIndex } from "drizzle-orm/sqlite-core";

/** Meetings. Times are ms UTC. */
export const meetings = sqliteTable(
  "meetings",
  {
    /** Random, see `newMeetingId`; older meetings have running numbers. It says nothing of the order they were made in. */
    id: integer("id").primaryKey({ autoIncrement: true }),
    /** What people type in: `ABC-DEF-GHJ`. */
    code: text("code").notNull().unique(),
    hostId: integer("host_id").notNull(),
    title: text("title").notNull(),
    description: text("description").notNull(),
    kind: text("kind", { enum: ["video", "audio"] }).notNull(),
    startAt: integer("start_at").notNull(),
    endAt: integer("end_at"),
    maxParticipants: integer("max_participants").notNull(),
    isRecordingEnabled: integer("is_recording_enabled", { mode: "boolean" }).notNull(),
    /** Whether somebody without an account may join with a name. */
    allowsGuests: integer("allows_guests", { mode: "boolean" }).notNull(),
    /** Sealed, so that the host can be told it; null where there is none. */
    passwordCipher: text("password_cipher"),
    passwordKeyId: text("password_key_id"),
    /** When somebody joined for the first time. */
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

/** Who is or was in a meeting, once each. */
export const meetingParticipants = sqliteTable(
  "meeting_participants",
  {
    id: integer("id").primaryKey({ autoIncrement: true }),
    meetingId: integer("meeting_id")
      .notNull()
      .references(() => meetings.id, { onDelete: "cascade" }),
    /** Negative for a guest, who is nobody outside of this meeting. */
    userId: integer("user_id").notNull(),
    guestName: text("guest_name"),
    /** Digest of the network they came from last: the column is older than that accounts have one too. */
    origin: text("guest_origin"),
    /** Made anew at each join. */
    stay: text("stay"),
    /** The account session that joined; the seat ends with it. Null for guests and in rows from before the column. */
    sessionId: text("session_id"),
    /** How many times they have joined. */
    visits: integer("visits").notNull().default(1),
    /** When their stay began: until some time after it they may be on their way to the room. */
    seatedAt: integer("seated_at").notNull().default(0),
    joinedAt: integer("joined_at").notNull(),
    /** Null while they are in it. */
    leftAt: integer("left_at"),
    /** Sent away by the host: they do not come back by themselves. */
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
    /** As the client called it. */
    kind: text("kind", { enum: ["document", "image", "audio", "video", "recording", "other"] }).notNull(),
    /** What its bytes say. */
    mediaType: text("media_type").notNull(),
    bytes: integer("bytes").notNull(),
    key: text("key").notNull(),
    createdAt: integer("created_at").notNull(),
  },
  (t) => [index("meeting_files_by_meeting").on(t.meetingId, t.createdAt, t.id)],
);
