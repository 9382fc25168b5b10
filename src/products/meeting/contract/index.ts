export * from "./accounts.ts";
export * from "./attendance.ts";
export * from "./common.ts";
export * from "./files.ts";
export * from "./limits.ts";
export * from "./meetings.ts";
export * from "./signaling.ts";
