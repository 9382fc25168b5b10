import { eq, type SQL, sql } from "drizzle-orm";
import type { Clock } from "../../lib/clock.ts";
import type { Failure } from "../../lib/domain-error.ts";
import { foldName } from "../../lib/fold-name.ts";
import { err, ok, type Result } from "../../lib/result.ts";
import { type Database, isUniqueViolation } from "../../platform/db/client.ts";
import { passwordResets, users } from "../../platform/db/schema/identity.ts";
import { transaction } from "../../platform/db/transaction.ts";
import { addEntry, SIGNUP_CREDITS } from "../credits/index.ts";
import { endOtherAccessStatements, endSessionsStatements } from "./account-access.ts";
import type { Caller, OnSessionsEnded } from "./account-sessions.ts";
import type { CurrentPasswords } from "./current-passwords.ts";
import { cancelEmailChangeStatements } from "./email-addresses.ts";
import { isPasswordUnchanged, type VerifiedAccount } from "./password-proof.ts";
import { hashPassword } from "./passwords.ts";
import { foldEmail, type User } from "./user.ts";

export interface NewAccount {
  readonly username: string;
  readonly email: string;
  readonly password: string;
  readonly fullName?: string | undefined;
}

const takenOf = (error: unknown) => {
  if (isUniqueViolation(error, "users.email")) return err({ code: "email_taken" });
  if (isUniqueViolation(error, "users.username")) return err({ code: "username_taken" });
  return undefined;
};

/** Creates, finds and changes accounts. */
export class Accounts {
  constructor(
    private readonly db: Database,
    /** Folded usernames that cannot be registered, such as the administrator's. */
    private readonly reserved: readonly string[],
    private readonly clock: Clock,
    private readonly onSessionsEnded: OnSessionsEnded,
    private readonly currentPasswords: CurrentPasswords,
  ) {}

  /** Creates an account and credits the sign-up bonus in one transaction. */
  async register({
    username,
    email,
    password,
    fullName,
  }: NewAccount): Promise<Result<VerifiedAccount, Failure<"email_taken" | "username_taken">>> {
    if (this.reserved.includes(foldName(username))) return err({ code: "username_taken" });
    const passwordHash = await hashPassword(password);
    const now = this.clock();
    const uuid = crypto.randomUUID();
    try {
      const [inserted] = await transaction(this.db, [
        sql`INSERT INTO ${users}
          (uuid, username, display_name, full_name, email, password_hash, plan, role, created_at, updated_at)
          VALUES (${uuid}, ${foldName(username)}, ${username}, ${fullName ?? null}, ${foldEmail(email)},
            ${passwordHash}, 'free', 'USER', ${now}, ${now})
          RETURNING id`,
        addEntry({
          userId: sql`(SELECT id FROM users WHERE uuid = ${uuid})`,
          amount: SIGNUP_CREDITS,
          moves: "given",
          type: "REWARD",
          description: "Welcome",
          reference: `signup:${uuid}`,
          at: now,
        }),
      ]);
      const [made] = (inserted?.results ?? []) as { id: number }[];
      if (!made) throw new Error("the account was not stored");
      const user: User = {
        id: made.id,
        uuid,
        username,
        email: foldEmail(email),
        emailConfirmedAt: null,
        pendingEmail: null,
        role: "USER",
        plan: "free",
        planUntil: null,
        avatarKey: null,
        fullName: fullName ?? username,
        avatarUrl: null,
        createdAt: now,
        updatedAt: now,
      };
      return ok({ user, proof: { kind: "account", hash: passwordHash } });
    } catch (error) {
      const taken = takenOf(error);
      if (taken) return taken;
      throw error;
    }
  }

  async uuidOf(userId: number): Promise<string | undefined> {
    const [row] = await this.db.select({ uuid: users.uuid }).from(users).where(eq(users.id, userId));
    return row?.uuid;
  }

  /** Changes the username. */
  async rename(
    user: User,
    username: string,
  ): Promise<Result<User, Failure<"email_taken" | "username_taken">>> {
    if (foldName(username) !== foldName(user.username) && this.reserved.includes(foldName(username)))
      return err({ code: "username_taken" });
    const now = this.clock();
    try {
      await this.db
        .update(users)
        .set({ username: foldName(username), displayName: username, updatedAt: now })
        .where(eq(users.id, user.id));
      return ok({ ...user, username, updatedAt: now });
    } catch (error) {
      const taken = takenOf(error);
      if (taken) return taken;
      throw error;
    }
  }

  /** Changes the name and the picture that meetings show for the account. Undefined fields stay unchanged. */
  async updateMeetingProfile(
    user: User,
    change: { readonly fullName?: string | undefined; readonly avatarUrl?: string | null | undefined },
  ): Promise<User> {
    const { fullName = user.fullName, avatarUrl = user.avatarUrl } = change;
    const updatedAt = this.clock();
    await this.db.update(users).set({ fullName, avatarUrl, updatedAt }).where(eq(users.id, user.id));
    return { ...user, fullName, avatarUrl, updatedAt };
  }

  /**
   * Changes the password if `current` is the caller's current password, and ends every session of the account. With
   * `endOtherAccess` it also ends API keys, grants and tokens. The update is conditional on the verified password, so
   * only one of several parallel changes succeeds.
   */
  async changePassword(
    caller: Caller,
    current: string,
    next: string,
    { endOtherAccess: endsOtherAccess }: { readonly endOtherAccess?: boolean | undefined } = {},
  ): Promise<Result<void, Failure<"forbidden" | "password_wrong" | "rate_limited">>> {
    const verified = await this.currentPasswords.verify(caller, current);
    if (!verified.ok) return verified;
    const proof = verified.value;
    if (proof.kind === "setting")
      return err({
        code: "forbidden",
        detail: "the password of this account is the setting ADMIN_PASSWORD and cannot be changed here",
      });
    const { id } = caller.user;
    const condition = isPasswordUnchanged(id, proof);
    const [updated] = await transaction(
      this.db,
      setPasswordStatements(id, await hashPassword(next), this.clock(), { condition, endsOtherAccess }),
    );
    if (updated?.meta.changes !== 1) return err({ code: "password_wrong" });
    this.onSessionsEnded(id);
    return ok(undefined);
  }

  /**
   * Sets the picture and returns the key of the previous one. Both statements run in one transaction, so parallel
   * calls return each previous key exactly once.
   */
  async setAvatar(user: User, avatarKey: string): Promise<string | null> {
    const [before] = await transaction(this.db, [
      sql`SELECT avatar_key FROM ${users} WHERE id = ${user.id}`,
      sql`UPDATE ${users} SET avatar_key = ${avatarKey}, updated_at = ${this.clock()} WHERE id = ${user.id}`,
    ]);
    const [row] = (before?.results ?? []) as { avatar_key: string | null }[];
    return row?.avatar_key ?? null;
  }
}

interface SetPasswordOptions {
  /** The condition under which the password is set. */
  readonly condition?: SQL;
  /** Whether API keys, grants and tokens end as well. */
  readonly endsOtherAccess?: boolean | undefined;
}

/**
 * Returns the statements that set a new password, end every session of the account, cancel a pending change of its
 * address and, last, delete every reset link. The statements after the first do nothing unless it set exactly this
 * hash. The last statement returns the `user_id` of the links that it deleted.
 */
export const setPasswordStatements = (
  userId: number | SQL,
  passwordHash: string,
  now: number,
  { condition = sql`TRUE`, endsOtherAccess = false }: SetPasswordOptions = {},
): SQL[] => {
  const owner = sql`(SELECT id FROM ${users} WHERE id = ${userId} AND password_hash = ${passwordHash})`;
  return [
    sql`UPDATE ${users} SET password_hash = ${passwordHash}, updated_at = ${now}
      WHERE id = ${userId} AND ${condition}`,
    ...(endsOtherAccess ? endOtherAccessStatements(owner, now) : []),
    ...endSessionsStatements({ userId: owner }, now),
    ...cancelEmailChangeStatements(owner),
    sql`DELETE FROM ${passwordResets} WHERE user_id = ${owner} RETURNING user_id`,
  ];
};
