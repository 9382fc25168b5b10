import { eq, sql } from "drizzle-orm";
import { type Clock, HOUR_MS } from "../../lib/clock.ts";
import { randomToken } from "../../lib/ids.ts";
import { err, ok, type Result } from "../../lib/result.ts";
import { sha256Hex } from "../../lib/secrets.ts";
import { type Database, runTransaction } from "../../platform/db/client.ts";
import { passwordResets, users } from "../../platform/db/schema/identity.ts";
import type { SessionsEnded } from "./account-sessions.ts";
import { setPassword } from "./accounts.ts";
import { hashPassword } from "./passwords.ts";
import { foldEmail } from "./user.ts";

export const RESET_TTL_MS = HOUR_MS;

/** Tells somebody where to set a new password. */
export type SendResetMail = (to: {
  readonly email: string;
  readonly username: string;
  readonly token: string;
}) => Promise<void>;

/** "Forgot my password": a link by mail, good for an hour and for one use. */
export class PasswordResets {
  constructor(
    private readonly db: Database,
    private readonly clock: Clock,
    private readonly onSessionsEnded: SessionsEnded,
  ) {}

  /**
   * Mails a link if the address is an account's. To be run after the answer: neither what it says nor how long it takes
   * may tell whether there is one.
   */
  async request(email: string, send: SendResetMail): Promise<void> {
    const [user] = await this.db
      .select({ id: users.id, email: users.email, username: users.username, displayName: users.displayName })
      .from(users)
      .where(eq(users.email, foldEmail(email)));
    if (!user?.email) return;
    const token = randomToken();
    await this.db.insert(passwordResets).values({
      tokenHash: await sha256Hex(token),
      userId: user.id,
      expiresAt: this.clock() + RESET_TTL_MS,
    });
    await send({ email: user.email, username: user.displayName ?? user.username, token });
  }

  /** Whether a link is still good, for its page. */
  async isGood(token: string): Promise<boolean> {
    const [row] = await this.db
      .select({ expiresAt: passwordResets.expiresAt })
      .from(passwordResets)
      .where(eq(passwordResets.tokenHash, await sha256Hex(token)));
    return row !== undefined && row.expiresAt > this.clock();
  }

  /**
   * Sets the password, ends everything that opens the account (sessions, API keys, grants, tokens) and uses the link up, all
   * or nothing. Of two uses at once one wins.
   */
  async reset(token: string, password: string): Promise<Result<void>> {
    // Before the expensive part: nobody makes this hash for a link that was made up.
    if (!(await this.isGood(token))) return err({ code: "token_invalid" });
    const now = this.clock();
    const owner = sql`(SELECT user_id FROM ${passwordResets}
      WHERE token_hash = ${await sha256Hex(token)} AND expires_at > ${now})`;
    const statements = setPassword(owner, await hashPassword(password), now, { endsOtherAccess: true });
    const results = await runTransaction(this.db, statements);
    // The last statement returns the links it deleted: none where another use of the link came first.
    const [used] = (results.at(-1)?.results ?? []) as { user_id: number }[];
    if (!used) return err({ code: "token_invalid" });
    this.onSessionsEnded(used.user_id);
    return ok(undefined);
  }
}
