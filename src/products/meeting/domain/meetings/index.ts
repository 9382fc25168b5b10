export * from "./attendance.ts";
export * from "./files.ts";
export * from "./meeting.ts";
export * from "./meetings.ts";
export * from "./password-guesses.ts";
export { freeSeat, isSeatTaken } from "./presence.ts";
export * from "./protocol.ts";
export * from "./seats.ts";
