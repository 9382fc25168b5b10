import type { z } from "@hono/zod-openapi";
import type { User } from "../../core/identity/index.ts";
import type { AppContext } from "../../http/context.ts";
import { answerOrigin } from "../../http/origins.ts";
import { isoTime } from "../../lib/clock.ts";
import type { meetingSchema, profileSchema, userSchema } from "./contract/index.ts";
import type { Meeting } from "./domain/meetings/index.ts";

/** Sends data in the envelope. */
export const reply = <T, S extends 200 | 201 = 200>(
  c: AppContext,
  data: T,
  { status, message = "Success" }: { readonly status?: S; readonly message?: string } = {},
) => {
  const code = (status ?? 200) as S;
  return c.json({ code: code as number, message, data, timestamp: isoTime(Date.now()) }, code);
};

export const toUser = (user: User): z.output<typeof userSchema> => ({
  user_id: user.id,
  username: user.username,
  email: user.email ?? "",
  full_name: user.fullName,
});

export const toProfile = (c: AppContext, user: User): z.output<typeof profileSchema> => ({
  ...toUser(user),
  avatar_url: user.avatarKey === null ? (user.avatarUrl ?? "") : `${answerOrigin(c)}/media/${user.avatarKey}`,
  created_at: isoTime(user.createdAt),
  updated_at: isoTime(user.updatedAt),
});

const joinUrlOf = (c: AppContext, meetingId: number): string => `${answerOrigin(c)}/meeting/${meetingId}`;

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
