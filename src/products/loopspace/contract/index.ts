export * from "./audio.ts";
export * from "./common.ts";
export * from "./developer.ts";
export * from "./limits.ts";
export * from "./oauth.ts";
export * from "./users.ts";
export * from "./webhooks.ts";
