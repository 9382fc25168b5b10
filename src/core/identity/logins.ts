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
/** The number of wrong passwords from one network after which the account is locked for that network. */
const ACCOUNT_TRIES = 10;
const ADMINISTRATOR_TRIES = 5;
/** The limit of wrong passwords per account from all networks together. */
const ANYWHERE: RateLimit = { name: "anywhere", limit: 100, windowMs: HOUR_MS };

export interface LoginAttempt {
  readonly identifier: string;
  readonly password: string;
  /** The network of the client: an IPv4 address, or the /64 prefix of an IPv6 address. */
  readonly network: string;
}

interface Deps {
  readonly db: Database;
  readonly administrator: Administrator;
  readonly limits: LimitStore;
  readonly clock: Clock;
}

/**
 * Verifies passwords at sign-in. Wrong passwords are counted per account, for all products and for the username and
 * the e-mail address together, so the account is looked up first. A name without an account is counted and checked in
 * the same way, so that neither the response nor its time reveals that the account does not exist.
 */
export class Logins {
  constructor(private readonly deps: Deps) {}

  /** Returns the account with this username or e-mail address if the password is correct. */
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
      // Both are always checked, so that the response time does not reveal the kind of the account.
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
   * Verifies a sign-in to the administration pages, which accept the administrator only. Every other name is locked
   * after the same number of attempts, so the lock does not reveal the administrator's name.
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
      // Usernames stored before names were folded may contain an "@". The account with this e-mail address has
      // priority.
      .orderBy(desc(eq(users.email, name)))
      .limit(1);
    return { row, isAdministrator: [name, row?.name].includes(administrator.username) };
  }

  /** Counts the attempt before the check, so that parallel guesses get no more attempts than sequential ones. */
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
    // A correct password resets the count of its own network. The count of all networks only gets this attempt back,
    // so that a sign-in by the owner does not give an attacker new attempts.
    limits.refund(key, [ANYWHERE.name]);
    await limits.reset(key, [here.name]);
    return ok(verified);
  }
}

/** Returns the limit key for a name without an account. It is hashed because the client chooses the name's length. */
const unknownName = async (identifier: string): Promise<string> =>
  `unknown:${await sha256Hex(foldName(identifier))}`;
