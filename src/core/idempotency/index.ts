import { and, eq, lt, sql } from "drizzle-orm";
import { type Clock, DAY_MS, MINUTE_MS } from "../../lib/clock.ts";
import type { Database } from "../../platform/db/client.ts";
import { idempotencyKeys } from "../../platform/db/schema/identity.ts";
import { transaction } from "../../platform/db/transaction.ts";

/** How long a stored answer can be replayed. */
const RETENTION_MS = 2 * DAY_MS;
/** After this time a request without an answer is assumed to have crashed, and the next one may run. */
const LOCK_MS = MINUTE_MS;
const PRUNE_ROWS = 1_000;

export interface IdempotentRequest {
  readonly userId: number;
  /** The HTTP method and path: a key is valid for one operation. */
  readonly operation: string;
  /** The value of the client's `Idempotency-Key` header, 1 to 255 characters. */
  readonly key: string;
  /** SHA-256 of the request's content. */
  readonly fingerprint: string;
}

export interface StoredAnswer {
  readonly status: number;
  readonly body: string;
}

export type BeginResult =
  /**
   * The operation has not run yet, or an earlier run stopped without an answer. The resource that it creates must get
   * this id.
   */
  | { readonly kind: "run"; readonly resourceId: string }
  | { readonly kind: "replay"; readonly answer: StoredAnswer }
  | { readonly kind: "reused" }
  | { readonly kind: "in_progress" };

/**
 * Makes an operation that costs money run once, however often the client sends the POST. The id of the resource is
 * stored with the key, so that a request which is sent again after a crash finds the resource that it had created.
 */
export class IdempotencyKeys {
  constructor(
    private readonly db: Database,
    private readonly clock: Clock,
  ) {}

  /** Starts a request. Of concurrent requests with the same key exactly one gets `run`. */
  async begin({ userId, operation, key, fingerprint }: IdempotentRequest): Promise<BeginResult> {
    const now = this.clock();
    const resourceId = crypto.randomUUID();
    const results = await transaction(this.db, [
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

  /** Stores the answer for replays. */
  async finish(request: IdempotentRequest, { status, body }: StoredAnswer): Promise<void> {
    await this.db.update(idempotencyKeys).set({ status, body }).where(this.row(request));
  }

  /** Deletes the key after a request that changed nothing: the next request with it counts as the first. */
  async forget(request: IdempotentRequest): Promise<void> {
    await this.db.delete(idempotencyKeys).where(this.row(request));
  }

  /** Unlocks the key after a failure: the next request with it continues with the same resource id. */
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
