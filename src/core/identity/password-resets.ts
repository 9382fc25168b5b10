import { eq, type SQL, sql } from "drizzle-orm";
import { type Clock, HOUR_MS } from "../../lib/clock.ts";
import type { Failure } from "../../lib/domain-error.ts";
import { randomToken } from "../../lib/ids.ts";
import { err, ok, type Result } from "../../lib/result.ts";
import { sha256Hex } from "../../lib/secrets.ts";
import { type Database, runTransaction } from "../../platform/db/client.ts";
import { emailLinks, passwordResets, users } from "../../platform/db/schema/identity.ts";
import { oauthClients } from "../../platform/db/schema/oauth.ts";
import { webhookEndpoints } from "../../platform/db/schema/webhooks.ts";
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

/**
 * Switches off the webhook endpoints and applications of an account that never confirmed its address, and confirms it. A reset
 * link went to that address: every change of the address deletes the links.
 */
const takeOver = (owner: SQL, now: number): SQL[] => {
  const unconfirmed = sql`(SELECT id FROM ${users} WHERE id = ${owner} AND email_confirmed_at IS NULL)`;
  return [
    sql`UPDATE ${webhookEndpoints} SET disabled_reason = 'owner', updated_at = ${now}
      WHERE user_id = ${unconfirmed} AND disabled_reason IS NULL`,
    sql`UPDATE ${oauthClients} SET disabled_at = ${now}, updated_at = ${now}
      WHERE owner_id = ${unconfirmed} AND disabled_at IS NULL`,
    sql`DELETE FROM ${emailLinks} WHERE user_id = ${unconfirmed}`,
    sql`UPDATE ${users} SET email_confirmed_at = ${now} WHERE id = ${unconfirmed}`,
  ];
};

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
    // A change of the address deletes the links to the old one: none may be stored for it afterwards.
    const [inserted] = await runTransaction(this.db, [
      sql`INSERT INTO ${passwordResets} (token_hash, user_id, expires_at)
        SELECT ${await sha256Hex(token)}, id, ${this.clock() + RESET_TTL_MS} FROM ${users}
        WHERE id = ${user.id} AND email = ${user.email}`,
    ]);
    if (!inserted?.meta.changes) return;
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
   * or nothing. Of two uses at once one wins. Where the address was not confirmed, the mailbox and not the account's maker has
   * proved to own it: it is confirmed, and what the maker left behind is switched off.
   */
  async reset(token: string, password: string): Promise<Result<void, Failure<"token_invalid">>> {
    // Before the expensive part: nobody makes this hash for a link that was made up.
    if (!(await this.isGood(token))) return err({ code: "token_invalid" });
    const now = this.clock();
    const owner = sql`(SELECT user_id FROM ${passwordResets}
      WHERE token_hash = ${await sha256Hex(token)} AND expires_at > ${now})`;
    const hash = await hashPassword(password);
    const results = await runTransaction(this.db, [
      // First: the last statement of the others deletes the link that names the owner.
      ...takeOver(owner, now),
      ...setPassword(owner, hash, now, { endsOtherAccess: true }),
    ]);
    // The last statement returns the links it deleted: none where another use of the link came first.
    const [used] = (results.at(-1)?.results ?? []) as { user_id: number }[];
    if (!used) return err({ code: "token_invalid" });
    this.onSessionsEnded(used.user_id);
    return ok(undefined);
  }
}
