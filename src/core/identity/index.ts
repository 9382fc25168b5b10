export * from "./access-tokens.ts";
export * from "./account-sessions.ts";
export * from "./accounts.ts";
export * from "./admin-sessions.ts";
export * from "./administrator.ts";
export * from "./avatars.ts";
export * from "./password-resets.ts";
export * from "./reset-mail.ts";
export { foldEmail, foldName, toUser, type User, userColumns } from "./user.ts";
