import { and, eq, gt, ne, type SQL, sql } from "drizzle-orm";
import { type Clock, DAY_MS } from "../../lib/clock.ts";
import type { Failure } from "../../lib/domain-error.ts";
import { randomToken } from "../../lib/ids.ts";
import { err, ok, type Result } from "../../lib/result.ts";
import { sha256Hex } from "../../lib/secrets.ts";
import { type Database, isUniqueViolation } from "../../platform/db/client.ts";
import { emailLinks, passwordResets, users } from "../../platform/db/schema/identity.ts";
import { transaction } from "../../platform/db/transaction.ts";
import { isPasswordUnchanged, type PasswordProof } from "./password-proof.ts";
import { foldEmail, type User } from "./user.ts";

export const EMAIL_LINK_TTL_MS = DAY_MS;

/** The effect of a link: it confirms the current address of an account, or changes the address. */
export type EmailLinkKind = "confirm" | "change";

/** The data that the page of a valid link shows. */
export interface EmailLink {
  readonly kind: EmailLinkKind;
  readonly userId: number;
  readonly username: string;
  /** The address that the mail was sent to. */
  readonly email: string;
}

/** The result of a confirmed link. `replaced` is the previous address of the account; null if it did not change. */
export interface ConfirmedEmail extends EmailLink {
  readonly replaced: string | null;
}

/**
 * Returns the statements that cancel a pending change of address. A new password cancels it too, because an attacker
 * may have requested the change.
 */
export const cancelEmailChangeStatements = (userId: number | SQL): SQL[] => [
  sql`UPDATE ${users} SET pending_email = NULL WHERE id = ${userId}`,
  sql`DELETE FROM ${emailLinks} WHERE user_id = ${userId} AND kind = 'change'`,
];

/**
 * Confirms and changes the e-mail addresses of accounts. A new address takes effect when its mailbox has confirmed
 * it. Links are valid for one use and one day.
 */
export class EmailAddresses {
  constructor(private readonly deps: { readonly db: Database; readonly clock: Clock }) {}

  /**
   * Creates a link that confirms the current address of an account and returns its token. Returns undefined if the
   * address is already confirmed or has changed in the meantime.
   */
  async createConfirmationLink(user: Pick<User, "id" | "email">): Promise<string | undefined> {
    const { token, insert } = await this.newLink(user.id, "confirm", user.email ?? "");
    const [inserted] = await transaction(this.deps.db, [
      insert(sql`EXISTS (SELECT 1 FROM ${users}
        WHERE id = ${user.id} AND email = ${user.email} AND email_confirmed_at IS NULL)`),
    ]);
    return inserted?.meta.changes ? token : undefined;
  }

  /** Returns whether another account has this address. */
  async isTaken(user: Pick<User, "id">, email: string): Promise<boolean> {
    const [row] = await this.deps.db
      .select({ id: users.id })
      .from(users)
      .where(and(eq(users.email, foldEmail(email)), ne(users.id, user.id)));
    return row !== undefined;
  }

  /**
   * Stores the requested address as pending and returns the token of the link that confirms it. An earlier pending
   * change is replaced. Nothing is stored if the password of `proof` has been changed in the meantime.
   */
  async requestChange(
    user: User,
    email: string,
    proof: PasswordProof,
  ): Promise<Result<string, Failure<"current_password_wrong">>> {
    const address = foldEmail(email);
    const isStill = isPasswordUnchanged(user.id, proof);
    const { token, insert } = await this.newLink(user.id, "change", address);
    const results = await transaction(this.deps.db, [
      sql`DELETE FROM ${emailLinks} WHERE user_id = ${user.id} AND kind = 'change' AND ${isStill}`,
      sql`UPDATE ${users} SET pending_email = ${address}, updated_at = ${this.deps.clock()}
        WHERE id = ${user.id} AND ${isStill}`,
      insert(isStill),
    ]);
    return results.at(-1)?.meta.changes ? ok(token) : err({ code: "current_password_wrong" });
  }

  /** Cancels a pending change of address; the account keeps its current one. */
  async cancelChange(user: User): Promise<void> {
    await transaction(this.deps.db, cancelEmailChangeStatements(user.id));
  }

  /** Returns the data of a link; undefined if it is unknown or expired. */
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
   * Uses a link. Confirming the current address requires a sign-in to its account (`signedInAs`): if a stranger
   * registered with this address, the owner of the mailbox must not confirm the stranger's account by opening the
   * link. Changing the address requires the link only, because the request for it required the password. No session
   * ends.
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
      // The reset links were sent to the old address.
      sql`DELETE FROM ${passwordResets} WHERE user_id = ${owner}`,
      sql`DELETE FROM ${emailLinks} WHERE user_id = ${owner} RETURNING user_id`,
    ];
    const confirm = [
      sql`UPDATE ${users} SET email_confirmed_at = ${now} WHERE id = ${owner} AND email = ${email}`,
      sql`DELETE FROM ${emailLinks} WHERE user_id = ${owner} AND kind = 'confirm' RETURNING user_id`,
    ];
    try {
      const results = await transaction(this.deps.db, [
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

  /**
   * Uses a link to report that the account does not belong to the owner of the mailbox. The account loses the
   * unconfirmed address or the pending change, and its user keeps access to it.
   */
  async rejectAddress(token: string): Promise<Result<EmailLink, Failure<"token_invalid">>> {
    const link = await this.find(token);
    if (!link) return err({ code: "token_invalid" });
    const owner = await this.ownerOf(token);
    const results = await transaction(
      this.deps.db,
      link.kind === "change"
        ? cancelEmailChangeStatements(owner)
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

  /**
   * Returns a subquery for the account of a link. The first use deletes the link, so a parallel use finds no account.
   */
  private async ownerOf(token: string): Promise<SQL> {
    return sql`(SELECT user_id FROM ${emailLinks}
      WHERE token_hash = ${await sha256Hex(token)} AND expires_at > ${this.deps.clock()})`;
  }
}
