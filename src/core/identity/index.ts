export { type AccessClaims, AccessTokens, type ReadClaims } from "./access-tokens.ts";
export { EndedAccess, isAccessOpen, isSessionOpen, type RequestCredential } from "./account-access.ts";
export {
  type AccountSession,
  AccountSessions,
  type Caller,
  type IssuedSession,
  type SessionClient,
} from "./account-sessions.ts";
export { Accounts, type NewAccount } from "./accounts.ts";
export { type AdminSession, AdminSessions, SESSION_TTL_MS } from "./admin-sessions.ts";
export { Administrator } from "./administrator.ts";
export { Avatars } from "./avatars.ts";
export { CurrentPasswords } from "./current-passwords.ts";
export {
  type ConfirmedEmail,
  EMAIL_LINK_TTL_MS,
  EmailAddresses,
  type EmailLink,
  type EmailLinkKind,
} from "./email-addresses.ts";
export { emailLinkMail, emailNoticeMail } from "./email-mail.ts";
export { SESSION_IDLE_TTL_MS } from "./facts.ts";
export { Logins } from "./logins.ts";
export type { MailText } from "./mail-messages.ts";
export type { PasswordProof, VerifiedAccount } from "./password-proof.ts";
export { PasswordResets, RESET_TTL_MS } from "./password-resets.ts";
export { resetMail } from "./reset-mail.ts";
export { foldEmail, toUser, type User, userColumns } from "./user.ts";
