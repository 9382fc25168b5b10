import QuickLRU from "quick-lru";
import type { Slice } from "../../http/slice.ts";
import { systemClock } from "../../lib/clock.ts";
import { perIsolate } from "../../platform/per-isolate.ts";
import {
  Attendance,
  type ClosedMeetings,
  MeetingFiles,
  Meetings,
  PasswordGuesses,
} from "./domain/meetings/index.ts";
import type { Speech } from "./domain/speech/index.ts";
import { buildSpeech } from "./speech-services.ts";

interface MeetingServices {
  readonly meetings: Meetings;
  readonly attendance: Attendance;
  readonly meetingFiles: MeetingFiles;
  readonly speech: Speech;
}

declare module "../../http/services.ts" {
  interface Services extends MeetingServices {}
}

/** The meetings that refuse passwords after too many wrong ones. A lost entry costs one call of the rate limiter. */
const closedMeetingsOf = perIsolate((): ClosedMeetings => new QuickLRU({ maxSize: 10_000 }));

export const meetingServices: Slice<MeetingServices> = {
  meetings: ({ db, isolate }) => new Meetings({ db, clock: systemClock, vault: isolate.vault }),
  attendance: ({ env, db, meetings, limits, outbox, rooms }) =>
    new Attendance({
      db,
      meetings,
      guesses: new PasswordGuesses(
        closedMeetingsOf(env),
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
  speech: ({ env, settings }) => buildSpeech(env, settings),
};
