import {
  type ConfirmedEmail,
  EMAIL_LINK_TTL_MS,
  type EmailLinkKind,
  emailLinkMail,
  emailNoticeMail,
  foldEmail,
  type PasswordProof,
  type User,
} from "../core/identity/index.ts";
import { rateLimited } from "../core/limits/index.ts";
import { HOUR_MS } from "../lib/clock.ts";
import type { Failure } from "../lib/domain-error.ts";
import { err, ok, type Result } from "../lib/result.ts";
import { negotiateLanguage } from "../ui/i18n.ts";
import type { AppContext } from "./context.ts";
import { publicOrigin } from "./origins.ts";

/** The page that the links in address mails lead to. */
export const CONFIRM_EMAIL_PATH = "/confirm-email";

/** Limits confirmation mails to one address for the account that has it. */
const CONFIRMATION_MAILS = [{ name: "confirm-mails", limit: 3, windowMs: HOUR_MS }];
/**
 * Limits address changes, both by account and by target address over all accounts, so that a mailbox cannot be
 * flooded. Confirmations are counted separately: any account may request any free address, and such requests must not
 * use up the mails of a registration with that address.
 */
const CHANGE_MAILS = [{ name: "change-mails", limit: 3, windowMs: HOUR_MS }];
/** Limits the notices about requested changes that are sent to one current address. */
const NOTICE_MAILS = [{ name: "notice-mails", limit: 10, windowMs: HOUR_MS }];

const languageOf = (c: AppContext) => negotiateLanguage(c.req.header("accept-language"), "zh-CN");

const sendLink = (c: AppContext, kind: EmailLinkKind, email: string, username: string, token: string) => {
  const link = `${publicOrigin(c)}${CONFIRM_EMAIL_PATH}?token=${token}`;
  const facts = { username, link, notMine: `${link}&not-mine=1`, hours: EMAIL_LINK_TTL_MS / HOUR_MS };
  return c.get("services").mailer.send({ to: email, ...emailLinkMail(languageOf(c), kind, facts) });
};

const sendNotice = (c: AppContext, state: "requested" | "changed", email: string, username: string) =>
  c.get("services").mailer.send({ to: email, ...emailNoticeMail(languageOf(c), state, username) });

/**
 * Sends a confirmation link to the address of an account that has not confirmed it yet. The answer does not
 * wait for it.
 */
export const mailConfirmation = (c: AppContext, user: User): void => {
  const { email } = user;
  if (email === null) return;
  const services = c.get("services");
  const send = async (): Promise<void> => {
    const decision = await services.limits.consume(`confirm-mail:${email}`, CONFIRMATION_MAILS);
    if (!decision.allowed) return;
    const token = await services.emailAddresses.createConfirmationLink(user);
    if (token !== undefined) await sendLink(c, "confirm", email, user.username, token);
  };
  services.defer("confirmation_mail.failed", send());
};

/** The account fields that a request changes. */
export interface ProfileChange {
  readonly username?: string | undefined;
  readonly email?: string | undefined;
  /** Required for a new address. */
  readonly currentPassword?: string | undefined;
}

/**
 * Admits a change of address: verifies the caller's password, that the address is free, and the limits on changes.
 * Returns the proof that the password was correct.
 */
const admitChange = async (
  c: AppContext,
  email: string,
  password: string | undefined,
): Promise<
  Result<
    PasswordProof,
    Failure<"current_password_wrong" | "email_taken" | "invalid_request" | "password_wrong" | "rate_limited">
  >
> => {
  const services = c.get("services");
  const caller = c.get("caller");
  if (password === undefined) {
    const message = "is required to change the e-mail address";
    return err({ code: "invalid_request", issues: [{ path: "currentPassword", message }] });
  }
  const proof = await services.currentPasswords.verify(caller, password);
  if (!proof.ok)
    return proof.error.code === "password_wrong" ? err({ code: "current_password_wrong" }) : proof;
  if (await services.emailAddresses.isTaken(caller.user, email)) return err({ code: "email_taken" });
  // The account's limit comes first, so that one over its limit cannot use up the address's limit for other accounts.
  for (const counted of [caller.user.uuid, foldEmail(email)]) {
    const decision = await services.limits.consume(`change-mail:${counted}`, CHANGE_MAILS);
    if (!decision.allowed) return err(rateLimited(decision, Date.now()));
  }
  return proof;
};

/** Stores a pending address, mails the confirmation link to it, and notifies the old address. */
const requestChange = async (
  c: AppContext,
  user: User,
  email: string,
  proof: PasswordProof,
): Promise<Result<User, Failure<"current_password_wrong">>> => {
  const services = c.get("services");
  const token = await services.emailAddresses.requestChange(user, email, proof);
  if (!token.ok) return token;
  const { email: old, username } = user;
  services.defer("confirmation_mail.failed", sendLink(c, "change", foldEmail(email), username, token.value));
  const tellOld = async (to: string): Promise<void> => {
    const decision = await services.limits.consume(`notice-mail:${to}`, NOTICE_MAILS);
    if (decision.allowed) await sendNotice(c, "requested", to, username);
  };
  if (old !== null) services.defer("notice_mail.failed", tellOld(old));
  return ok({ ...user, pendingEmail: foldEmail(email) });
};

/**
 * Changes the name and address of the caller's account. Submitting the current address needs no password: it cancels
 * a pending change, and sends a confirmation mail if the address is not confirmed yet. A new address stays pending
 * until its link is followed.
 */
export const changeProfile = async (
  c: AppContext,
  { username, email, currentPassword }: ProfileChange,
): Promise<
  Result<
    User,
    Failure<
      | "current_password_wrong"
      | "email_taken"
      | "invalid_request"
      | "password_wrong"
      | "rate_limited"
      | "username_taken"
    >
  >
> => {
  const services = c.get("services");
  const { user } = c.get("caller");
  const isNew = email !== undefined && foldEmail(email) !== user.email;
  const admitted = isNew ? await admitChange(c, email, currentPassword) : undefined;
  if (admitted?.ok === false) return admitted;
  const renamed = username === undefined ? ok(user) : await services.accounts.rename(user, username);
  if (!renamed.ok || email === undefined) return renamed;
  if (admitted) return requestChange(c, renamed.value, email, admitted.value);
  if (user.pendingEmail !== null) await services.emailAddresses.cancelChange(user);
  if (user.emailConfirmedAt === null) mailConfirmation(c, user);
  return ok({ ...renamed.value, pendingEmail: null });
};

/** Confirms an address by the token of a link and notifies the address that it replaced. */
export const followEmailLink = async (
  c: AppContext,
  token: string,
  signedInAs: number | undefined,
): Promise<Result<ConfirmedEmail, Failure<"email_taken" | "session_required" | "token_invalid">>> => {
  const services = c.get("services");
  const confirmed = await services.emailAddresses.confirm(token, signedInAs);
  if (!confirmed.ok) return confirmed;
  const { replaced, username } = confirmed.value;
  if (replaced !== null) services.defer("notice_mail.failed", sendNotice(c, "changed", replaced, username));
  return confirmed;
};
