import { and, desc, eq, gt, isNull, or, type SQL, sql } from "drizzle-orm";
import { type Clock, DAY_MS } from "../../lib/clock.ts";
import type { Failure } from "../../lib/domain-error.ts";
import { randomToken, shortId } from "../../lib/ids.ts";
import { err, ok, type Result } from "../../lib/result.ts";
import { sha256Hex } from "../../lib/secrets.ts";
import type { Database } from "../../platform/db/client.ts";
import { apiKeys } from "../../platform/db/schema/access.ts";
import { users } from "../../platform/db/schema/identity.ts";
import { transaction } from "../../platform/db/transaction.ts";
import { isSessionOpen, toUser, userColumns } from "../identity/index.ts";
import { type Access, formatScope, storedScopes } from "./access.ts";
import type { Environment, Scope } from "./facts.ts";

/** How long a rotated key stays valid together with its successor. */
const ROTATION_OVERLAP_MS = DAY_MS;
const MAX_KEYS = 100;
/** The limit that also counts rotated keys during their overlap. */
const MAX_WITH_ROTATED = 2 * MAX_KEYS;
const PREFIX_LENGTH = 14;
const KIND: Record<Environment, string> = { live: "lsk_live_", sandbox: "lsk_test_" };
const KEY = /^lsk_(live|test)_[A-Za-z0-9_-]{43}$/;

/** A key as its owner sees it. Times are ms UTC. */
export interface ApiKey {
  readonly id: string;
  readonly name: string;
  readonly environment: Environment;
  /** The first characters of the key, so that its owner can tell keys apart. */
  readonly prefix: string;
  readonly scopes: readonly Scope[];
  readonly createdAt: number;
  readonly lastUsedAt: number | null;
  readonly expiresAt: number | null;
}

export interface NewApiKey {
  readonly name: string;
  readonly environment: Environment;
  readonly scopes: readonly Scope[];
  readonly expiresAt: number | null;
}

/** A new key with its text. Only a digest is stored, so the text can never be shown again. */
export type IssuedKey = ApiKey & { readonly key: string };

type Row = typeof apiKeys.$inferSelect;

const toKey = (row: Row): ApiKey => ({
  id: row.id,
  name: row.name,
  environment: row.environment,
  prefix: row.prefix,
  scopes: storedScopes(row.scope),
  createdAt: row.createdAt,
  lastUsedAt: row.lastUsedAt,
  expiresAt: row.expiresAt,
});

const isActive = (now: number) =>
  and(isNull(apiKeys.revokedAt), or(isNull(apiKeys.expiresAt), gt(apiKeys.expiresAt, now)));

const notFound = () => err({ code: "not_found", what: "key" });
const tooMany = () => err({ code: "state_conflict", what: "key", state: "ONE_OF_TOO_MANY" });

/** Builds the expression that counts the active keys of an account. */
const countOf = (userId: number, now: number): SQL => sql`(SELECT count(*) FROM ${apiKeys}
  WHERE user_id = ${userId} AND revoked_at IS NULL AND (expires_at IS NULL OR expires_at > ${now}))`;

/** API keys, which servers authenticate with. The database stores only the digest of a key. */
export class ApiKeys {
  constructor(
    private readonly db: Database,
    private readonly clock: Clock,
  ) {}

  /** Returns the account of a key and what the key may do. It takes one database read. */
  async find(key: string): Promise<Result<Access, Failure<"session_required">>> {
    if (!KEY.test(key)) return err({ code: "session_required" });
    const now = this.clock();
    const [row] = await this.db
      .select({ ...userColumns, keyId: apiKeys.id, environment: apiKeys.environment, scope: apiKeys.scope })
      .from(apiKeys)
      .innerJoin(users, eq(users.id, apiKeys.userId))
      .where(and(eq(apiKeys.keyHash, await sha256Hex(key)), isActive(now)));
    if (!row) return err({ code: "session_required" });
    const { keyId: credential, environment, scope } = row;
    const user = toUser(row, now);
    const scopes = storedScopes(scope);
    return ok({ user, environment, scopes, clientId: null, credential, usageAccountId: user.id });
  }

  /**
   * Creates a key. An account has at most 100 active keys, and no key is created if the session of the request has
   * ended meanwhile.
   */
  async issue(
    userId: number,
    wanted: NewApiKey,
    sessionId?: string,
  ): Promise<Result<IssuedKey, Failure<"session_required" | "state_conflict">>> {
    const { key, row } = await this.make(userId, wanted);
    const [inserted, state] = await transaction(this.db, [
      sql`INSERT INTO ${apiKeys} (id, user_id, name, environment, key_hash, prefix, scope, created_at, expires_at)
        SELECT ${row.id}, ${userId}, ${row.name}, ${row.environment}, ${row.keyHash}, ${row.prefix}, ${row.scope},
          ${row.createdAt}, ${row.expiresAt}
        WHERE ${countOf(userId, row.createdAt)} < ${MAX_KEYS} AND ${isSessionOpen(userId, sessionId)}`,
      sql`SELECT ${isSessionOpen(userId, sessionId)} AS is_open`,
    ]);
    if (inserted?.meta.changes) return ok({ ...toKey(row), key });
    const [session] = (state?.results ?? []) as { is_open: number }[];
    return session?.is_open === 0 ? err({ code: "session_required" }) : tooMany();
  }

  /** Lists the active keys of an account, newest first. */
  async list(userId: number): Promise<ApiKey[]> {
    const rows = await this.db
      .select()
      .from(apiKeys)
      .where(and(eq(apiKeys.userId, userId), isActive(this.clock())))
      .orderBy(desc(apiKeys.createdAt), desc(apiKeys.id))
      .limit(MAX_WITH_ROTATED);
    return rows.map(toKey);
  }

  /**
   * Creates a successor of a key. The old key stays valid for one more day, but never beyond its own expiry; the
   * successor expires when the old key would have. A key is rotated only once, and a key that is revoked meanwhile
   * gets no successor.
   */
  async rotate(
    userId: number,
    id: string,
  ): Promise<Result<IssuedKey, Failure<"not_found" | "state_conflict">>> {
    const now = this.clock();
    const [old] = await this.db
      .select()
      .from(apiKeys)
      .where(and(eq(apiKeys.id, id), eq(apiKeys.userId, userId), isActive(now)));
    if (!old) return notFound();
    const { name, environment, expiresAt } = old;
    const { key, row } = await this.make(userId, {
      name,
      environment,
      scopes: storedScopes(old.scope),
      expiresAt,
    });
    const until = Math.min(now + ROTATION_OVERLAP_MS, expiresAt ?? Number.MAX_SAFE_INTEGER);
    const isRotated = sql`EXISTS (SELECT 1 FROM ${apiKeys} WHERE rotated_from = ${id})`;
    const [inserted, , state] = await transaction(this.db, [
      sql`INSERT INTO ${apiKeys}
          (id, user_id, name, environment, key_hash, prefix, scope, rotated_from, created_at, expires_at)
        SELECT ${row.id}, ${userId}, ${name}, ${environment}, ${row.keyHash}, ${row.prefix}, ${row.scope}, ${id},
          ${now}, ${expiresAt}
        FROM ${apiKeys} WHERE id = ${id} AND revoked_at IS NULL AND NOT ${isRotated}
          AND ${countOf(userId, now)} < ${MAX_WITH_ROTATED}`,
      sql`UPDATE ${apiKeys} SET expires_at = ${until} WHERE id = ${id}
        AND EXISTS (SELECT 1 FROM ${apiKeys} WHERE id = ${row.id})`,
      sql`SELECT revoked_at, ${isRotated} AS is_rotated FROM ${apiKeys} WHERE id = ${id}`,
    ]);
    if (inserted?.meta.changes) return ok({ ...toKey(row), key });
    const [left] = (state?.results ?? []) as { revoked_at: number | null; is_rotated: number }[];
    if (!left || left.revoked_at !== null) return notFound();
    return left.is_rotated ? err({ code: "state_conflict", what: "key", state: "ROTATED" }) : tooMany();
  }

  /** Revokes a key with immediate effect. */
  async revoke(userId: number, id: string): Promise<Result<void, Failure<"not_found">>> {
    const now = this.clock();
    const revoked = await this.db
      .update(apiKeys)
      .set({ revokedAt: now })
      .where(and(eq(apiKeys.id, id), eq(apiKeys.userId, userId), isActive(now)))
      .returning({ id: apiKeys.id });
    return revoked.length === 0 ? notFound() : ok(undefined);
  }

  private async make(userId: number, wanted: NewApiKey): Promise<{ key: string; row: Row }> {
    const key = `${KIND[wanted.environment]}${randomToken()}`;
    const row: Row = {
      id: shortId("key"),
      userId,
      name: wanted.name,
      environment: wanted.environment,
      keyHash: await sha256Hex(key),
      prefix: key.slice(0, PREFIX_LENGTH),
      scope: formatScope(wanted.scopes),
      rotatedFrom: null,
      createdAt: this.clock(),
      lastUsedAt: null,
      expiresAt: wanted.expiresAt,
      revokedAt: null,
    };
    return { key, row };
  }
}
