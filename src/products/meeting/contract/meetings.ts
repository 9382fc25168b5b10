import { z } from "@hono/zod-openapi";
import { time, timeInput } from "./common.ts";
import {
  DEFAULT_PARTICIPANTS,
  MAX_DESCRIPTION,
  MAX_MEETING_PASSWORD,
  MAX_PARTICIPANTS,
  MAX_TITLE,
} from "./limits.ts";

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

const fields = {
  title: z.string().trim().min(1).max(MAX_TITLE).openapi({ example: "团队周会" }),
  description: z.string().trim().max(MAX_DESCRIPTION),
  start_time: timeInput,
  end_time: timeInput,
  max_participants: z.int().min(2).max(MAX_PARTICIPANTS),
  meeting_type: z.enum(["video", "audio"]),
  is_recording_enabled: z.boolean(),
  allow_guests: z
    .boolean()
    .openapi({ description: "Whether a caller without an account may join with a name" }),
  password: z.string().max(MAX_MEETING_PASSWORD),
};

export const newMeetingSchema = z
  .object({
    title: fields.title,
    description: fields.description.default(""),
    start_time: fields.start_time
      .optional()
      .openapi({ description: "Default: now. A time without a zone is read as UTC" }),
    end_time: fields.end_time.nullish(),
    max_participants: fields.max_participants.default(DEFAULT_PARTICIPANTS),
    meeting_type: fields.meeting_type.default("video"),
    is_recording_enabled: fields.is_recording_enabled.default(false),
    allow_guests: fields.allow_guests.default(false),
    password: fields.password.nullish(),
  })
  .refine(({ start_time, end_time }) => end_time == null || end_time > (start_time ?? Date.now()), {
    path: ["end_time"],
    message: "must be after start_time",
  })
  .openapi("NewMeeting");

export const invitationSchema = z
  .object({
    meeting_id: z.int(),
    title: z.string(),
    start_time: time,
    status: statusSchema,
    meeting_type: z.enum(["video", "audio"]),
    has_password: z.boolean(),
  })
  .openapi("MeetingInvitation");

/** The fields of a change. A field that is not sent keeps its value. */
export const meetingChangesSchema = z
  .object({ ...fields, end_time: fields.end_time.nullable(), password: fields.password.nullable() })
  .partial();

export const meetingsPageSchema = z.object({
  meetings: z.array(
    meetingSchema.omit({ password: true }).extend({
      participants_count: z.int().openapi({ description: "The number of participants present now" }),
    }),
  ),
  total: z.int(),
  page: z.int(),
  page_size: z.int(),
});
