export { Attendance, type Room } from "./attendance.ts";
export { type MeetingFile, MeetingFiles } from "./files.ts";
export { type Meeting, normalizeMeetingCode } from "./meeting.ts";
export { Meetings } from "./meetings.ts";
export { type ClosedMeetings, PasswordGuesses } from "./password-guesses.ts";
export { freeSeat, isSeatTaken } from "./presence.ts";
export { CONNECT_TIMEOUT_MS, isGuest } from "./protocol.ts";
export { type Joiner, Seats } from "./seats.ts";
