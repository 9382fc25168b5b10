import { foldName, type Grant, type NewAccount, type SessionClient } from "../core/identity/index.ts";
import { MINUTE_MS } from "../lib/clock.ts";
import { err, type Result } from "../lib/result.ts";
import { clientAddress } from "./client.ts";
import type { AppContext } from "./context.ts";
import { retryAfterSeconds } from "./limits.ts";

/** Wrong passwords of one account, from wherever: the right one ends the count. */
const ACCOUNT_LIMIT = [{ name: "passwords", limit: 10, windowMs: 15 * MINUTE_MS }];

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
  const services = c.get("services");
  const key = `login:account:${foldName(identifier)}`;
  // Counted before the password is looked at: guesses sent at once are as many as guesses in a row.
  const decision = await services.takeFromLimits(key, ACCOUNT_LIMIT);
  if (!decision.allowed) {
    return err({
      code: "rate_limited",
      retryAfterSeconds: retryAfterSeconds(decision.resetAt, Date.now()),
    });
  }
  const verified = await services.verifyPassword(identifier, password);
  if (!verified.ok) return verified;
  const [grant] = await Promise.all([
    services.accountSessions.open(verified.value, sessionClientOf(c), accessTtlMs, sessionTtlMs),
    services.resetLimits(key),
  ]);
  return grant;
};

/** Makes an account and signs it in. */
export const signUp = async (
  c: AppContext,
  account: NewAccount,
  accessTtlMs: number,
): Promise<Result<Grant>> => {
  const { accounts, accountSessions } = c.get("services");
  const made = await accounts.register(account);
  return made.ok ? accountSessions.open(made.value, sessionClientOf(c), accessTtlMs) : made;
};
