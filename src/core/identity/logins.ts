import { desc, eq, or } from "drizzle-orm";
import { type Clock, HOUR_MS, MINUTE_MS } from "../../lib/clock.ts";
import type { Failure } from "../../lib/domain-error.ts";
import { foldName } from "../../lib/fold-name.ts";
import { err, ok, type Result } from "../../lib/result.ts";
import { sha256Hex } from "../../lib/secrets.ts";
import type { Database } from "../../platform/db/client.ts";
import { users } from "../../platform/db/schema/identity.ts";
import { type LimitStore, type RateLimit, rateLimited } from "../limits/index.ts";
import type { Administrator } from "./administrator.ts";
import type { SettingProof, VerifiedAccount } from "./password-proof.ts";
import { verifyPassword } from "./passwords.ts";
import { toUser, userColumns } from "./user.ts";

const LOCK_MS = 15 * MINUTE_MS;
/** Wrong passwords of one account from one network, until it is locked for that network. */
const ACCOUNT_TRIES = 10;
const ADMINISTRATOR_TRIES = 5;
/** Wrong passwords of one account from everywhere. */
const ANYWHERE: RateLimit = { name: "anywhere", limit: 100, windowMs: HOUR_MS };

export interface LoginAttempt {
  readonly identifier: string;
  readonly password: string;
  /** Where the attempt comes from: an IPv4 address, or the /64 of an IPv6 address. */
  readonly network: string;
}

interface Deps {
  readonly db: Database;
  readonly administrator: Administrator;
  readonly limits: LimitStore;
  readonly clock: Clock;
}

/**
 * Sign-in with a password. An account has one count of wrong passwords, however it was named and at whichever product, so
 * the account is looked up first. A name without an account is counted and checked in the same way: neither the answer nor
 * the time it takes says that there is none.
 */
export class Logins {
  constructor(private readonly deps: Deps) {}

  /** The account behind a name or an e-mail address, if the password is right. */
  async verify({
    identifier,
    password,
    network,
  }: LoginAttempt): Promise<Result<VerifiedAccount, Failure<"credentials_invalid" | "rate_limited">>> {
    const { db, administrator, clock } = this.deps;
    const { row, isAdministrator } = await this.find(identifier);
    const hash = row?.passwordHash ?? null;
    const account = isAdministrator ? "administrator" : (row?.uuid ?? (await unknownName(identifier)));
    const tries = isAdministrator ? ADMINISTRATOR_TRIES : ACCOUNT_TRIES;
    return this.counted(account, network, tries, async () => {
      // Both are always checked: the time does not say which kind of account it is.
      const [setting, isRight] = await Promise.all([
        administrator.prove(isAdministrator ? administrator.username : "", password),
        verifyPassword(password, isAdministrator ? null : hash),
      ]);
      if (setting) return { user: await administrator.account(db, clock), proof: setting };
      if (!isRight || !row || hash === null) return undefined;
      const { passwordHash: _, ...columns } = row;
      return { user: toUser(columns, clock()), proof: { kind: "account", hash } };
    });
  }

  /**
   * The same for the administration pages, which know the administrator alone. Every other name is one they do not know
   * and waits after as many tries, so the lock does not say which name is the right one.
   */
  async verifyAdministrator({
    identifier,
    password,
    network,
  }: LoginAttempt): Promise<Result<SettingProof, Failure<"credentials_invalid" | "rate_limited">>> {
    const { administrator } = this.deps;
    const { isAdministrator } = await this.find(identifier);
    const account = isAdministrator ? "administrator" : `pages:${await unknownName(identifier)}`;
    return this.counted(account, network, ADMINISTRATOR_TRIES, () =>
      administrator.prove(isAdministrator ? administrator.username : "", password),
    );
  }

  private async find(identifier: string) {
    const { db, administrator } = this.deps;
    const name = foldName(identifier);
    const [row] = await db
      .select({ ...userColumns, passwordHash: users.passwordHash })
      .from(users)
      .where(or(eq(users.email, name), eq(users.username, name)))
      // Names from before they were folded may hold an "@": the owner of the e-mail address goes first.
      .orderBy(desc(eq(users.email, name)))
      .limit(1);
    return { row, isAdministrator: [name, row?.name].includes(administrator.username) };
  }

  /** Counts the attempt before the check: guesses sent at once get no more tries than guesses in a row. */
  private async counted<T>(
    account: string,
    network: string,
    limit: number,
    check: () => Promise<T | undefined>,
  ): Promise<Result<T, Failure<"credentials_invalid" | "rate_limited">>> {
    const { limits, clock } = this.deps;
    const key = `login:${account}`;
    const here: RateLimit = { name: `network:${network}`, limit, windowMs: LOCK_MS, lockMs: LOCK_MS };
    const decision = await limits.consume(key, [here, ANYWHERE]);
    if (!decision.allowed) return err(rateLimited(decision, clock()));
    const verified = await check();
    if (verified === undefined) return err({ code: "credentials_invalid" });
    // The right password ends the series of wrong ones of its own network, and was itself no wrong one.
    limits.refund(key, [ANYWHERE.name]);
    await limits.reset(key, [here.name]);
    return ok(verified);
  }
}

/** What a name without an account is counted under. Hashed: its length is the client's choice. */
const unknownName = async (identifier: string): Promise<string> =>
  `unknown:${await sha256Hex(foldName(identifier))}`;
