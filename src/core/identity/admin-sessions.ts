import { and, eq, gt, inArray, lt, sql } from "drizzle-orm";
import { type Clock, HOUR_MS } from "../../lib/clock.ts";
import type { Failure } from "../../lib/domain-error.ts";
import { randomToken } from "../../lib/ids.ts";
import { err, ok, type Result } from "../../lib/result.ts";
import { sha256Hex } from "../../lib/secrets.ts";
import type { Database } from "../../platform/db/client.ts";
import { sessions, users } from "../../platform/db/schema/identity.ts";
import { transaction } from "../../platform/db/transaction.ts";
import type { Administrator } from "./administrator.ts";
import type { SettingProof } from "./password-proof.ts";

export const SESSION_TTL_MS = 12 * HOUR_MS;
const PRUNE_ROWS = 1_000;

export interface AdminSession {
  readonly username: string;
  /** ms UTC */
  readonly expiresAt: number;
}

/**
 * Manages the sessions of the platform's first administrator. The name and the password of this account are settings.
 * Each session is a row, so signing out ends it at once. A changed ADMIN_PASSWORD ends all of them.
 */
export class AdminSessions {
  constructor(
    private readonly db: Database,
    private readonly admin: Administrator,
    private readonly clock: Clock,
  ) {}

  /** Opens a session. The token is returned for the client; only its SHA-256 digest is stored. */
  async open(proof: SettingProof): Promise<{ token: string; expiresAt: number }> {
    const now = this.clock();
    const token = randomToken();
    const expiresAt = now + SESSION_TTL_MS;
    const tokenHash = await sha256Hex(token);
    await transaction(this.db, [
      sql`INSERT INTO ${users} (uuid, username, role, created_at)
        VALUES (${crypto.randomUUID()}, ${this.admin.username}, 'ADMIN', ${now}) ON CONFLICT (username) DO NOTHING`,
      sql`INSERT INTO ${sessions} (token_hash, user_id, credential_tag, created_at, expires_at)
        SELECT ${tokenHash}, id, ${proof.tag}, ${now}, ${expiresAt} FROM ${users}
        WHERE username = ${this.admin.username} AND role = 'ADMIN'`,
    ]);
    return { token, expiresAt };
  }

  /** Returns the session of a token with one database read. */
  async find(token: string): Promise<Result<AdminSession, Failure<"session_required">>> {
    const [tokenHash, credentialTag] = await Promise.all([sha256Hex(token), this.admin.tag()]);
    const [session] = await this.db
      .select({ username: users.username, expiresAt: sessions.expiresAt })
      .from(sessions)
      .innerJoin(users, eq(users.id, sessions.userId))
      .where(
        and(
          eq(sessions.tokenHash, tokenHash),
          eq(sessions.credentialTag, credentialTag),
          gt(sessions.expiresAt, this.clock()),
          eq(users.role, "ADMIN"),
        ),
      );
    return session ? ok(session) : err({ code: "session_required" });
  }

  /** Ends a session. The call does nothing if the session has already ended. */
  async close(token: string): Promise<void> {
    await this.db.delete(sessions).where(eq(sessions.tokenHash, await sha256Hex(token)));
  }

  /** Removes expired sessions. */
  async prune(): Promise<void> {
    const expired = this.db
      .select({ tokenHash: sessions.tokenHash })
      .from(sessions)
      .where(lt(sessions.expiresAt, this.clock()))
      .limit(PRUNE_ROWS);
    await this.db.delete(sessions).where(inArray(sessions.tokenHash, expired));
  }
}
