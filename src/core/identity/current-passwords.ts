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
 * The current password of a signed-in caller, asked for before something that a stolen token alone must not do. Wrong ones
 * count by session: guesses at sign-in do not refuse the owner, and guesses in a stolen session do not refuse another one.
 */
export class CurrentPasswords {
  constructor(private readonly deps: Deps) {}

  /** The proof of the password, for `passwordIsStill`; else `password_wrong`, or `rate_limited` after ten wrong ones. */
  async verify(
    { user, sessionId }: Caller,
    password: string,
  ): Promise<Result<PasswordProof, Failure<"password_wrong" | "rate_limited">>> {
    const { db, limits, clock } = this.deps;
    const key = `password:session:${sessionId}`;
    // Counted before the password is checked: guesses sent at once are as many as guesses in a row.
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
