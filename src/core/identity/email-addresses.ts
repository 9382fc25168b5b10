import { and, eq, gt, ne, type SQL, sql } from "drizzle-orm";
import { type Clock, DAY_MS } from "../../lib/clock.ts";
import type { Failure } from "../../lib/domain-error.ts";
import { randomToken } from "../../lib/ids.ts";
import { err, ok, type Result } from "../../lib/result.ts";
import { sha256Hex } from "../../lib/secrets.ts";
import { type Database, isUniqueViolation, runTransaction } from "../../platform/db/client.ts";
import { emailLinks, passwordResets, users } from "../../platform/db/schema/identity.ts";
import { type PasswordProof, passwordIsStill } from "./password-proof.ts";
import { foldEmail, type User } from "./user.ts";

export const EMAIL_LINK_TTL_MS = DAY_MS;

/** What following a link does: confirm the address an account has, or give it a new one. */
export type EmailLinkKind = "confirm" | "change";

/** A link that is still good, for its page. */
export interface EmailLink {
  readonly kind: EmailLinkKind;
  readonly userId: number;
  readonly username: string;
  /** The address the mail went to. */
  readonly email: string;
}

/** Of a link that was followed: the account's address before, where another took its place. */
export interface ConfirmedEmail extends EmailLink {
  readonly replaced: string | null;
}

/** Ends a change of address that waits for its link: after a new password, it may have been a thief's. */
export const cancelEmailChange = (userId: number | SQL): SQL[] => [
  sql`UPDATE ${users} SET pending_email = NULL WHERE id = ${userId}`,
  sql`DELETE FROM ${emailLinks} WHERE user_id = ${userId} AND kind = 'change'`,
];

/** E-mail addresses of accounts: a new one holds once its mailbox has confirmed it. Links are good once, for a day. */
export class EmailAddresses {
  constructor(private readonly deps: { readonly db: Database; readonly clock: Clock }) {}

  /** A link that confirms the address an account has; undefined where it is confirmed, or has changed meanwhile. */
  async newConfirmation(user: Pick<User, "id" | "email">): Promise<string | undefined> {
    const { token, insert } = await this.newLink(user.id, "confirm", user.email ?? "");
    const [inserted] = await runTransaction(this.deps.db, [
      insert(sql`EXISTS (SELECT 1 FROM ${users}
        WHERE id = ${user.id} AND email = ${user.email} AND email_confirmed_at IS NULL)`),
    ]);
    return inserted?.meta.changes ? token : undefined;
  }

  /** Whether an address is another account's. */
  async isTaken(user: Pick<User, "id">, email: string): Promise<boolean> {
    const [row] = await this.deps.db
      .select({ id: users.id })
      .from(users)
      .where(and(eq(users.email, foldEmail(email)), ne(users.id, user.id)));
    return row !== undefined;
  }

  /**
   * Notes the address an account is to have and gives the link that makes it hold; a change that waited before is replaced.
   * `proof` is of the caller's password: where that was changed meanwhile nothing is noted.
   */
  async requestChange(
    user: User,
    email: string,
    proof: PasswordProof,
  ): Promise<Result<string, Failure<"current_password_wrong">>> {
    const address = foldEmail(email);
    const isStill = passwordIsStill(user.id, proof);
    const { token, insert } = await this.newLink(user.id, "change", address);
    const results = await runTransaction(this.deps.db, [
      sql`DELETE FROM ${emailLinks} WHERE user_id = ${user.id} AND kind = 'change' AND ${isStill}`,
      sql`UPDATE ${users} SET pending_email = ${address}, updated_at = ${this.deps.clock()}
        WHERE id = ${user.id} AND ${isStill}`,
      insert(isStill),
    ]);
    return results.at(-1)?.meta.changes ? ok(token) : err({ code: "current_password_wrong" });
  }

  /** The account keeps the address it has. */
  async cancelChange(user: User): Promise<void> {
    await runTransaction(this.deps.db, cancelEmailChange(user.id));
  }

  /** What a link is about, while it is good. */
  async find(token: string): Promise<EmailLink | undefined> {
    const [row] = await this.deps.db
      .select({
        kind: emailLinks.kind,
        userId: emailLinks.userId,
        email: emailLinks.email,
        name: users.username,
        displayName: users.displayName,
      })
      .from(emailLinks)
      .innerJoin(users, eq(users.id, emailLinks.userId))
      .where(
        and(eq(emailLinks.tokenHash, await sha256Hex(token)), gt(emailLinks.expiresAt, this.deps.clock())),
      );
    return (
      row && { kind: row.kind, userId: row.userId, email: row.email, username: row.displayName ?? row.name }
    );
  }

  /**
   * Follows a link. The present address is confirmed only for its account (`signedInAs`): a mailbox whose address a stranger
   * registered with must not confirm the stranger's account. A new address needs no more than the link, because its account's
   * password was asked for at the request. No session ends.
   */
  async confirm(
    token: string,
    signedInAs: number | undefined,
  ): Promise<Result<ConfirmedEmail, Failure<"email_taken" | "session_required" | "token_invalid">>> {
    const link = await this.find(token);
    if (!link) return err({ code: "token_invalid" });
    if (link.kind === "confirm" && signedInAs !== link.userId) return err({ code: "session_required" });
    const owner = await this.ownerOf(token);
    const { email, kind } = link;
    const now = this.deps.clock();
    const change = [
      sql`UPDATE ${users} SET email = ${email}, email_confirmed_at = ${now}, pending_email = NULL, updated_at = ${now}
        WHERE id = ${owner} AND pending_email = ${email}`,
      // Their mails went to the old address.
      sql`DELETE FROM ${passwordResets} WHERE user_id = ${owner}`,
      sql`DELETE FROM ${emailLinks} WHERE user_id = ${owner} RETURNING user_id`,
    ];
    const confirm = [
      sql`UPDATE ${users} SET email_confirmed_at = ${now} WHERE id = ${owner} AND email = ${email}`,
      sql`DELETE FROM ${emailLinks} WHERE user_id = ${owner} AND kind = 'confirm' RETURNING user_id`,
    ];
    try {
      const results = await runTransaction(this.deps.db, [
        sql`SELECT email FROM ${users} WHERE id = ${owner}`,
        ...(kind === "change" ? change : confirm),
      ]);
      if (!results[1]?.meta.changes) return err({ code: "token_invalid" });
      const [before] = (results[0]?.results ?? []) as { email: string | null }[];
      return ok({ ...link, replaced: kind === "change" ? (before?.email ?? null) : null });
    } catch (error) {
      if (isUniqueViolation(error, "users.email")) return err({ code: "email_taken" });
      throw error;
    }
  }

  /** The mailbox says that the account is not its own: the account loses the address and stays its owner's. */
  async disown(token: string): Promise<Result<EmailLink, Failure<"token_invalid">>> {
    const link = await this.find(token);
    if (!link) return err({ code: "token_invalid" });
    const owner = await this.ownerOf(token);
    const results = await runTransaction(
      this.deps.db,
      link.kind === "change"
        ? cancelEmailChange(owner)
        : [
            sql`UPDATE ${users} SET email = NULL, updated_at = ${this.deps.clock()}
              WHERE id = ${owner} AND email = ${link.email} AND email_confirmed_at IS NULL`,
            sql`DELETE FROM ${passwordResets} WHERE user_id = ${owner}`,
            sql`DELETE FROM ${emailLinks} WHERE user_id = ${owner} AND kind = 'confirm'`,
          ],
    );
    return results[0]?.meta.changes ? ok(link) : err({ code: "token_invalid" });
  }

  private async newLink(userId: number, kind: EmailLinkKind, email: string) {
    const token = randomToken();
    const tokenHash = await sha256Hex(token);
    const expiresAt = this.deps.clock() + EMAIL_LINK_TTL_MS;
    const insert = (condition: SQL) =>
      sql`INSERT INTO ${emailLinks} (token_hash, user_id, kind, email, expires_at)
        SELECT ${tokenHash}, ${userId}, ${kind}, ${email}, ${expiresAt} WHERE ${condition}`;
    return { token, insert };
  }

  /** The account of a link as a subquery: of two uses at once the second finds none. */
  private async ownerOf(token: string): Promise<SQL> {
    return sql`(SELECT user_id FROM ${emailLinks}
      WHERE token_hash = ${await sha256Hex(token)} AND expires_at > ${this.deps.clock()})`;
  }
}
