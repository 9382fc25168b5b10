import type { Grant, NewAccount, SessionClient } from "../core/identity/index.ts";
import type { Result } from "../lib/result.ts";
import { clientAddress, clientNetwork } from "./client.ts";
import type { AppContext } from "./context.ts";
import { mailConfirmation } from "./email-addresses.ts";

/** Whose session it is going to be. */
export const sessionClientOf = (c: AppContext): SessionClient => ({
  ip: clientAddress(c),
  userAgent: c.req.header("user-agent") ?? "",
});

/** Opens a session for who knows the password of a name or an address; `sessionTtlMs` where it is to be a short one. */
export const signIn = async (
  c: AppContext,
  identifier: string,
  password: string,
  accessTtlMs: number,
  sessionTtlMs?: number,
): Promise<Result<Grant>> => {
  const { logins, accountSessions } = c.get("services");
  const verified = await logins.verify({ identifier, password, network: clientNetwork(c) });
  if (!verified.ok) return verified;
  return accountSessions.open(verified.value, sessionClientOf(c), accessTtlMs, sessionTtlMs);
};

/** Makes an account, asks its mailbox to confirm the address, and signs it in. */
export const signUp = async (
  c: AppContext,
  account: NewAccount,
  accessTtlMs: number,
): Promise<Result<Grant>> => {
  const { accounts, accountSessions } = c.get("services");
  const made = await accounts.register(account);
  if (!made.ok) return made;
  mailConfirmation(c, made.value.user);
  return accountSessions.open(made.value, sessionClientOf(c), accessTtlMs);
};
