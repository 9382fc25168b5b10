import { Attendance, MeetingFiles, Meetings, PasswordGuesses } from "../core/meetings/index.ts";
import type { MeetingServices } from "../http/services.ts";
import { systemClock } from "../lib/clock.ts";
import { MeetingRooms } from "../platform/meeting-rooms.ts";
import type { Slice } from "./base.ts";
import { buildSpeech } from "./speech.ts";

export const meetingServices: Slice<MeetingServices> = {
  meetings: ({ db, isolate }) => new Meetings({ db, clock: systemClock, vault: isolate.vault }),
  attendance: ({ db, meetings, isolate, limits, outbox, rooms }) =>
    new Attendance({
      db,
      meetings,
      guesses: new PasswordGuesses(
        isolate.closedMeetings,
        (key, rateLimits) => limits.consume(key, rateLimits),
        systemClock,
      ),
      outbox,
      clock: systemClock,
      roomOf: (meetingId) => rooms.of(meetingId),
    }),
  meetingFiles: ({ db, orphanedObjects, meetings, rooms, defer }) =>
    new MeetingFiles(db, orphanedObjects.store, meetings, systemClock, (meetingId, notice) =>
      defer("meeting.notice_failed", rooms.of(meetingId).announce(notice)),
    ),
  rooms: ({ env, meter }) => new MeetingRooms({ namespace: env.MEETING_ROOM, meter }),
  speech: ({ env, settings }) => buildSpeech(env, settings),
};
