import { eq, type SQL, sql } from "drizzle-orm";
import { type Clock, HOUR_MS } from "../../lib/clock.ts";
import type { Failure } from "../../lib/domain-error.ts";
import { randomToken } from "../../lib/ids.ts";
import { err, ok, type Result } from "../../lib/result.ts";
import { sha256Hex } from "../../lib/secrets.ts";
import type { Database } from "../../platform/db/client.ts";
import { emailLinks, passwordResets, users } from "../../platform/db/schema/identity.ts";
import { oauthClients } from "../../platform/db/schema/oauth.ts";
import { webhookEndpoints } from "../../platform/db/schema/webhooks.ts";
import { transaction } from "../../platform/db/transaction.ts";
import type { OnSessionsEnded } from "./account-sessions.ts";
import { setPasswordStatements } from "./accounts.ts";
import { hashPassword } from "./passwords.ts";
import { foldEmail } from "./user.ts";

export const RESET_TTL_MS = HOUR_MS;

/** Sends the mail with the link for setting a new password. */
export type SendResetMail = (to: {
  readonly email: string;
  readonly username: string;
  readonly token: string;
}) => Promise<void>;

/**
 * Confirms the address of an account that never confirmed it, and disables the account's webhook endpoints and OAuth
 * applications, because another person may have registered with this address. The reset link proves ownership of the
 * mailbox: it was sent to the current address, since every change of the address deletes the reset links.
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

/** Resets forgotten passwords with a link by mail, which is valid for one hour and for one use. */
export class PasswordResets {
  constructor(
    private readonly db: Database,
    private readonly clock: Clock,
    private readonly onSessionsEnded: OnSessionsEnded,
  ) {}

  /**
   * Mails a link if an account has this address. Call it after the response is sent, because neither the content nor
   * the time of the response may reveal whether there is such an account.
   */
  async request(email: string, send: SendResetMail): Promise<void> {
    const [user] = await this.db
      .select({ id: users.id, email: users.email, username: users.username, displayName: users.displayName })
      .from(users)
      .where(eq(users.email, foldEmail(email)));
    if (!user?.email) return;
    const token = randomToken();
    // A change of the address deletes the links sent to the old one, so no new link to it may be stored afterwards.
    const [inserted] = await transaction(this.db, [
      sql`INSERT INTO ${passwordResets} (token_hash, user_id, expires_at)
        SELECT ${await sha256Hex(token)}, id, ${this.clock() + RESET_TTL_MS} FROM ${users}
        WHERE id = ${user.id} AND email = ${user.email}`,
    ]);
    if (!inserted?.meta.changes) return;
    await send({ email: user.email, username: user.displayName ?? user.username, token });
  }

  /** Returns whether a link is still valid; its page needs this. */
  async isValid(token: string): Promise<boolean> {
    const [row] = await this.db
      .select({ expiresAt: passwordResets.expiresAt })
      .from(passwordResets)
      .where(eq(passwordResets.tokenHash, await sha256Hex(token)));
    return row !== undefined && row.expiresAt > this.clock();
  }

  /**
   * In one transaction, sets the password, ends all access to the account (sessions, API keys, grants, tokens) and
   * deletes the link. Only one of two parallel uses of a link succeeds. If the address was not confirmed, `takeOver`
   * confirms it and disables the webhook endpoints and applications of the account.
   */
  async reset(token: string, password: string): Promise<Result<void, Failure<"token_invalid">>> {
    // Checked before the password is hashed, so that an invalid link does not cost an expensive hash.
    if (!(await this.isValid(token))) return err({ code: "token_invalid" });
    const now = this.clock();
    const owner = sql`(SELECT user_id FROM ${passwordResets}
      WHERE token_hash = ${await sha256Hex(token)} AND expires_at > ${now})`;
    const hash = await hashPassword(password);
    const results = await transaction(this.db, [
      // These come first, because the last statement of `setPasswordStatements` deletes the link that identifies the owner.
      ...takeOver(owner, now),
      ...setPasswordStatements(owner, hash, now, { endsOtherAccess: true }),
    ]);
    // The last statement returns the links that it deleted: none if a parallel request used the link first.
    const [used] = (results.at(-1)?.results ?? []) as { user_id: number }[];
    if (!used) return err({ code: "token_invalid" });
    this.onSessionsEnded(used.user_id);
    return ok(undefined);
  }
}
