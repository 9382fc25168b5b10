import { z } from "@hono/zod-openapi";
import type { User } from "../../core/identity/index.ts";
import type { AppContext } from "../../http/context.ts";
import { answerOrigin } from "../../http/origins.ts";
import type { Meeting } from "./domain/meetings/index.ts";

export const isoTime = (ms: number): string => new Date(ms).toISOString();

export const time = z.string().openapi({ format: "date-time", example: "2025-10-03T10:00:00.000Z" });

/** The envelope of every successful response. */
export const envelope = <T extends z.ZodType>(data: T) =>
  z.object({
    code: z.int().openapi({ description: "The HTTP status", example: 200 }),
    message: z.string().openapi({ example: "Success" }),
    data,
    timestamp: time,
  });

export const errorSchema = z
  .object({
    code: z.int().openapi({ description: "The business code where one applies, else the HTTP status" }),
    message: z.string(),
    error: z.string(),
    timestamp: time,
    request_id: z.string(),
  })
  .openapi("MeetingError");

/** Sends data in the envelope. */
export const reply = <T, S extends 200 | 201 = 200>(
  c: AppContext,
  data: T,
  { status, message = "Success" }: { readonly status?: S; readonly message?: string } = {},
) => {
  const code = (status ?? 200) as S;
  return c.json({ code: code as number, message, data, timestamp: isoTime(Date.now()) }, code);
};

export const emptySchema = z.object({});

export const pageQuery = z.object({
  page: z.coerce.number().int().min(1).max(1_000_000).default(1).openapi({ example: 1 }),
  page_size: z.coerce.number().int().min(1).max(100).default(10).openapi({ example: 10 }),
});

const number = z.coerce.number().int().min(1).max(Number.MAX_SAFE_INTEGER);
export const idParams = z.object({ id: number.openapi({ param: { name: "id", in: "path" }, example: 100 }) });

/** An ISO 8601 time. A time without a zone is read as UTC. */
export const timeInput = z
  .string()
  .trim()
  .max(40)
  .transform((text, ctx) => {
    const isZoned = /([zZ]|[+-]\d\d:?\d\d)$/.test(text);
    const ms = /^\d{4}-\d\d-\d\d/.test(text)
      ? Date.parse(isZoned || !text.includes("T") ? text : `${text}Z`)
      : Number.NaN;
    if (Number.isNaN(ms)) {
      ctx.addIssue({ code: "custom", message: "must be an ISO 8601 date or date-time" });
      return z.NEVER;
    }
    return ms;
  })
  .openapi({ type: "string", format: "date-time", example: "2025-10-03T10:00:00Z" });

// ---- users

export const userSchema = z
  .object({ user_id: z.int(), username: z.string(), email: z.string(), full_name: z.string() })
  .openapi("MeetingUser");

export const toUser = (user: User): z.output<typeof userSchema> => ({
  user_id: user.id,
  username: user.username,
  email: user.email ?? "",
  full_name: user.fullName,
});

export const profileSchema = userSchema
  .extend({ avatar_url: z.string(), created_at: time, updated_at: time })
  .openapi("MeetingProfile");

export const toProfile = (c: AppContext, user: User): z.output<typeof profileSchema> => ({
  ...toUser(user),
  avatar_url: user.avatarKey === null ? (user.avatarUrl ?? "") : `${answerOrigin(c)}/media/${user.avatarKey}`,
  created_at: isoTime(user.createdAt),
  updated_at: isoTime(user.updatedAt),
});

// ---- meetings

export const statusSchema = z.enum(["scheduled", "ongoing", "ended", "cancelled"]);

export const meetingSchema = z
  .object({
    meeting_id: z.int().openapi({
      description: "Random, below 2^31. It does not follow the order in which meetings were created",
      example: 100,
    }),
    title: z.string(),
    description: z.string(),
    meeting_code: z.string().openapi({ example: "BCD-FGH-JKL" }),
    host_id: z.int(),
    start_time: time,
    end_time: time.nullable(),
    status: statusSchema,
    meeting_type: z.enum(["video", "audio"]),
    max_participants: z.int(),
    is_recording_enabled: z.boolean(),
    allow_guests: z.boolean(),
    has_password: z.boolean(),
    password: z.string().optional().openapi({ description: "Present only for the host" }),
    join_url: z.url(),
    created_at: time,
  })
  .openapi("Meeting");

export const joinUrlOf = (c: AppContext, meetingId: number): string =>
  `${answerOrigin(c)}/meeting/${meetingId}`;

export const toMeetingWire = (
  c: AppContext,
  meeting: Meeting & { readonly password?: string | undefined },
): z.output<typeof meetingSchema> => ({
  meeting_id: meeting.id,
  title: meeting.title,
  description: meeting.description,
  meeting_code: meeting.code,
  host_id: meeting.hostId,
  start_time: isoTime(meeting.startAt),
  end_time: meeting.endAt === null ? null : isoTime(meeting.endAt),
  status: meeting.status,
  meeting_type: meeting.kind,
  max_participants: meeting.maxParticipants,
  is_recording_enabled: meeting.isRecordingEnabled,
  allow_guests: meeting.allowsGuests,
  has_password: meeting.hasPassword,
  ...(meeting.password === undefined ? {} : { password: meeting.password }),
  join_url: joinUrlOf(c, meeting.id),
  created_at: isoTime(meeting.createdAt),
});
