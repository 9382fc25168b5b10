import type { IssuedSession, NewAccount, SessionClient } from "../core/identity/index.ts";
import type { Failure } from "../lib/domain-error.ts";
import type { Result } from "../lib/result.ts";
import { clientAddress, clientNetwork } from "./client.ts";
import type { AppContext } from "./context.ts";
import { mailConfirmation } from "./email-addresses.ts";

/** Returns the client details that a new session records. */
const clientDetailsOf = (c: AppContext): SessionClient => ({
  ip: clientAddress(c),
  userAgent: c.req.header("user-agent") ?? "",
});

/**
 * Verifies the password for a username or e-mail address and opens a session. `sessionTtlMs` shortens the session's
 * lifetime.
 */
export const signIn = async (
  c: AppContext,
  identifier: string,
  password: string,
  accessTtlMs: number,
  sessionTtlMs?: number,
): Promise<Result<IssuedSession, Failure<"credentials_invalid" | "rate_limited">>> => {
  const { logins, accountSessions } = c.get("services");
  const verified = await logins.verify({ identifier, password, network: clientNetwork(c) });
  if (!verified.ok) return verified;
  return accountSessions.open(verified.value, clientDetailsOf(c), accessTtlMs, sessionTtlMs);
};

/** Creates an account, mails a confirmation link to its address, and opens a session. */
export const signUp = async (
  c: AppContext,
  account: NewAccount,
  accessTtlMs: number,
): Promise<Result<IssuedSession, Failure<"credentials_invalid" | "email_taken" | "username_taken">>> => {
  const { accounts, accountSessions } = c.get("services");
  const made = await accounts.register(account);
  if (!made.ok) return made;
  mailConfirmation(c, made.value.user);
  return accountSessions.open(made.value, clientDetailsOf(c), accessTtlMs);
};
