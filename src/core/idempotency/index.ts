import { and, eq, lt, sql } from "drizzle-orm";
import { type Clock, DAY_MS, MINUTE_MS } from "../../lib/clock.ts";
import { type Database, runTransaction } from "../../platform/db/client.ts";
import { idempotencyKeys } from "../../platform/db/schema/identity.ts";

/** How long an answer is kept for repeating. */
const RETENTION_MS = 2 * DAY_MS;
/** After this a request that never came to its end is taken for dead. */
const LOCK_MS = MINUTE_MS;
const PRUNE_ROWS = 1_000;

export interface IdempotentRequest {
  readonly userId: number;
  /** Method and route pattern: a key is good for one operation. */
  readonly operation: string;
  /** As the client chose it, 1 to 255 characters. */
  readonly key: string;
  /** SHA-256 of what was asked. */
  readonly fingerprint: string;
}

export interface StoredAnswer {
  readonly status: number;
  readonly body: string;
}

export type Begun =
  /** Nobody did it yet, or whoever did died on the way: what is made is made under this id. */
  | { readonly kind: "run"; readonly resourceId: string }
  | { readonly kind: "replay"; readonly answer: StoredAnswer }
  | { readonly kind: "reused" }
  | { readonly kind: "in_progress" };

/**
 * Makes a POST that costs money happen once however often it is sent. The id of what it makes is fixed with the key, so
 * that a request which died between doing and answering finds its own work when it is sent again.
 */
export class IdempotencyKeys {
  constructor(
    private readonly db: Database,
    private readonly clock: Clock,
  ) {}

  /** Of several at once exactly one is told to run. */
  async begin({ userId, operation, key, fingerprint }: IdempotentRequest): Promise<Begun> {
    const now = this.clock();
    const resourceId = crypto.randomUUID();
    const results = await runTransaction(this.db, [
      sql`INSERT INTO ${idempotencyKeys}
        (user_id, operation, key, fingerprint, resource_id, locked_until, created_at)
        VALUES (${userId}, ${operation}, ${key}, ${fingerprint}, ${resourceId}, ${now + LOCK_MS}, ${now})
        ON CONFLICT DO NOTHING RETURNING resource_id`,
      sql`UPDATE ${idempotencyKeys} SET locked_until = ${now + LOCK_MS}
        WHERE user_id = ${userId} AND operation = ${operation} AND key = ${key} AND fingerprint = ${fingerprint}
          AND status IS NULL AND locked_until <= ${now} RETURNING resource_id`,
      sql`SELECT fingerprint, status, body FROM ${idempotencyKeys}
        WHERE user_id = ${userId} AND operation = ${operation} AND key = ${key}`,
    ]);
    const [made, taken, found] = results.map(({ results: rows }) => rows[0]) as [
      { resource_id: string } | undefined,
      { resource_id: string } | undefined,
      { fingerprint: string; status: number | null; body: string | null } | undefined,
    ];
    const mine = made ?? taken;
    if (mine) return { kind: "run", resourceId: mine.resource_id };
    if (found?.fingerprint !== fingerprint) return { kind: "reused" };
    if (found.status === null) return { kind: "in_progress" };
    return { kind: "replay", answer: { status: found.status, body: found.body ?? "" } };
  }

  /** Keeps the answer. */
  async finish(request: IdempotentRequest, { status, body }: StoredAnswer): Promise<void> {
    await this.db.update(idempotencyKeys).set({ status, body }).where(this.row(request));
  }

  /** Nothing was done: the next request of this key is the first. */
  async forget(request: IdempotentRequest): Promise<void> {
    await this.db.delete(idempotencyKeys).where(this.row(request));
  }

  /** It broke off: the next request of this key goes on under the same id. */
  async release(request: IdempotentRequest): Promise<void> {
    await this.db.update(idempotencyKeys).set({ lockedUntil: 0 }).where(this.row(request));
  }

  async prune(): Promise<void> {
    const old = this.db
      .select({ rowid: sql`rowid` })
      .from(idempotencyKeys)
      .where(lt(idempotencyKeys.createdAt, this.clock() - RETENTION_MS))
      .limit(PRUNE_ROWS);
    await this.db.delete(idempotencyKeys).where(sql`rowid IN ${old}`);
  }

  private row({ userId, operation, key }: IdempotentRequest) {
    return and(
      eq(idempotencyKeys.userId, userId),
      eq(idempotencyKeys.operation, operation),
      eq(idempotencyKeys.key, key),
    );
  }
}
