import { eq } from "drizzle-orm";
import { type Clock, MINUTE_MS } from "../../lib/clock.ts";
import type { Failure } from "../../lib/domain-error.ts";
import { err, ok, type Result } from "../../lib/result.ts";
import type { Database } from "../../platform/db/client.ts";
import { users } from "../../platform/db/schema/identity.ts";
import { type LimitStore, type RateLimit, rateLimited } from "../limits/index.ts";
import type { Caller } from "./account-sessions.ts";
import type { Administrator } from "./administrator.ts";
import type { PasswordProof } from "./password-proof.ts";
import { verifyPassword } from "./passwords.ts";

const WRONG_CURRENT_PASSWORDS: RateLimit = {
  name: "wrong_current_passwords",
  limit: 10,
  windowMs: 15 * MINUTE_MS,
  lockMs: 15 * MINUTE_MS,
};

interface Deps {
  readonly db: Database;
  readonly administrator: Administrator;
  readonly limits: LimitStore;
  readonly clock: Clock;
}

/**
 * Verifies the current password of a signed-in caller before an operation that a stolen token alone must not allow.
 * Wrong passwords are counted per session, so that neither guesses at sign-in nor guesses in a stolen session lock
 * out the owner of the account.
 */
export class CurrentPasswords {
  constructor(private readonly deps: Deps) {}

  /**
   * Returns the proof of the password, for `isPasswordUnchanged`. A wrong password fails with `password_wrong`, and after
   * ten of them every attempt fails with `rate_limited` for 15 minutes.
   */
  async verify(
    { user, sessionId }: Caller,
    password: string,
  ): Promise<Result<PasswordProof, Failure<"password_wrong" | "rate_limited">>> {
    const { db, limits, clock } = this.deps;
    const key = `password:session:${sessionId}`;
    // Counted before the password is checked, so that parallel guesses get no more attempts than sequential ones.
    const decision = await limits.consume(key, [WRONG_CURRENT_PASSWORDS]);
    if (!decision.allowed) return err(rateLimited(decision, clock()));
    const [row] = await db
      .select({ username: users.username, passwordHash: users.passwordHash })
      .from(users)
      .where(eq(users.id, user.id));
    const proof = await this.prove(row?.username ?? "", password, row?.passwordHash ?? null);
    if (!proof) return err({ code: "password_wrong" });
    await limits.reset(key);
    return ok(proof);
  }

  private async prove(
    username: string,
    password: string,
    hash: string | null,
  ): Promise<PasswordProof | undefined> {
    const { administrator } = this.deps;
    if (username === administrator.username) return administrator.prove(username, password);
    return (await verifyPassword(password, hash)) && hash !== null ? { kind: "account", hash } : undefined;
  }
}
