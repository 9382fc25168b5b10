import { type SQL, sql } from "drizzle-orm";
import { MINUTE_MS, SECOND_MS } from "../../lib/clock.ts";
import type { Database } from "../../platform/db/client.ts";
import { tasks } from "../../platform/db/schema/generation.ts";
import { transaction } from "../../platform/db/transaction.ts";
import { addEntry } from "../credits/index.ts";
import type { Failure, GeneratedImage, TaskRow } from "./task.ts";

/**
 * Length of a consumer's lease on a task. Another consumer can claim the task once the lease was not renewed in time.
 */
export const LEASE_MS = 30 * SECOND_MS;
/**
 * Delay between the end of a failed or cancelled task and its clean-up. Longer than a lease, because a consumer that
 * held the task may still write objects until its lease ends.
 */
export const CLEAN_UP_AFTER_MS = 3 * LEASE_MS;
/** How long after a queue message is due `Generator.sweep` sends it again, in case it was lost. */
export const GRACE_MS = MINUTE_MS;

/**
 * Column list for `RETURNING`, aliased to the property names of drizzle's row, so that a raw result is a `TaskRow`.
 */
export const rowColumns = sql.raw(
  `id, user_id AS userId, product, kind, prompt, title, params, requested_model AS requestedModel, provider, model,
   vendor_model AS vendorModel, state, progress, cost, attempts, claimed_until AS claimedUntil, started_at AS startedAt, provider_job AS providerJob,
   wake_at AS wakeAt, deadline_at AS deadlineAt, failure, images, media_key AS mediaKey, media_type AS mediaType,
   media_bytes AS mediaBytes, thumbnail_key AS thumbnailKey, thumbnail_type AS thumbnailType,
   share_token AS shareToken, created_at AS createdAt, updated_at AS updatedAt, finished_at AS finishedAt,
   deleted_at AS deletedAt`,
);

export const IS_ACTIVE = sql`state IN ('PENDING', 'PROCESSING')`;

const firstRow = (result: D1Result | undefined): TaskRow | undefined =>
  (result?.results as TaskRow[] | undefined)?.[0];

/** Claims an active task for one consumer. Returns undefined if another consumer holds it or it is settled. */
export const claim = async (db: Database, id: string, now: number): Promise<TaskRow | undefined> => {
  const [claimed] = await transaction(db, [
    sql`UPDATE ${tasks} SET state = 'PROCESSING', claimed_until = ${now + LEASE_MS}, attempts = attempts + 1,
        wake_at = ${now + LEASE_MS}, updated_at = ${now}
      WHERE id = ${id} AND ${IS_ACTIVE} AND claimed_until <= ${now} RETURNING ${rowColumns}`,
  ]);
  return firstRow(claimed);
};

/** Renews the lease and applies `set`. Returns false once the task is settled, so that the consumer stops. */
export const renew = async (db: Database, id: string, set: SQL, now: number): Promise<boolean> => {
  const [renewed] = await transaction(db, [
    sql`UPDATE ${tasks} SET ${set}, claimed_until = ${now + LEASE_MS}, wake_at = ${now + LEASE_MS},
        updated_at = ${now}
      WHERE id = ${id} AND state = 'PROCESSING'`,
  ]);
  return renewed?.meta.changes === 1;
};

/**
 * Applies `set` and ends the lease. The next queue message is due at `wakeAt`. Returns undefined if the task is
 * settled.
 */
export const release = async (
  db: Database,
  id: string,
  set: SQL,
  wakeAt: number,
  now: number,
): Promise<TaskRow | undefined> => {
  const [released] = await transaction(db, [
    sql`UPDATE ${tasks} SET ${set}, claimed_until = 0, wake_at = ${wakeAt + GRACE_MS}, updated_at = ${now}
      WHERE id = ${id} AND state = 'PROCESSING' RETURNING ${rowColumns}`,
  ]);
  return firstRow(released);
};

export interface StoredMedia {
  /** Only of an image task. */
  readonly images?: readonly GeneratedImage[];
  readonly mediaKey: string;
  readonly mediaType: string;
  readonly mediaBytes: number;
  readonly thumbnailKey: string | null;
  readonly thumbnailType: string | null;
}

/** Runs statements in one transaction. The implementation may add statements of its own, such as webhook events. */
export type Run = (statements: readonly SQL[]) => Promise<D1Result[]>;

/**
 * Completes a task. Returns undefined if it was already settled: a task cancelled before a late success stays
 * cancelled.
 */
export const complete = async (
  run: Run,
  id: string,
  media: StoredMedia,
  now: number,
): Promise<TaskRow | undefined> => {
  const [completed] = await run([
    sql`UPDATE ${tasks} SET state = 'COMPLETED', progress = 100,
        images = ${media.images ? JSON.stringify(media.images) : null}, media_key = ${media.mediaKey},
        media_type = ${media.mediaType}, media_bytes = ${media.mediaBytes}, thumbnail_key = ${media.thumbnailKey},
        thumbnail_type = ${media.thumbnailType}, claimed_until = 0, wake_at = NULL, finished_at = ${now},
        updated_at = ${now}
      WHERE id = ${id} AND state = 'PROCESSING' RETURNING ${rowColumns}`,
  ]);
  return firstRow(completed);
};

/** How an active task ends without a result. */
export type Ending =
  | { readonly state: "FAILED"; readonly failure: Failure }
  | { readonly state: "CANCELLED" };

/**
 * Ends an active task and refunds its credits in one transaction. Idempotent: the ledger reference is unique, so a
 * task is refunded once. Returns undefined if the task was already settled.
 */
export const endWithRefund = async (
  run: Run,
  id: string,
  ending: Ending,
  now: number,
  options: { readonly userId?: number; readonly deleted?: boolean } = {},
): Promise<TaskRow | undefined> => {
  const mine = options.userId === undefined ? sql`true` : sql`user_id = ${options.userId}`;
  const failure = ending.state === "FAILED" ? ending.failure : null;
  const task = sql`(SELECT cost FROM ${tasks} WHERE id = ${id})`;
  const [ended] = await run([
    sql`UPDATE ${tasks} SET state = ${ending.state}, failure = ${failure}, finished_at = ${now},
        wake_at = ${now + CLEAN_UP_AFTER_MS}, updated_at = ${now}
        ${options.deleted ? sql`, deleted_at = ${now}, share_token = NULL` : sql``}
      WHERE id = ${id} AND ${IS_ACTIVE} AND ${mine} RETURNING ${rowColumns}`,
    addEntry(
      {
        userId: sql`(SELECT user_id FROM ${tasks} WHERE id = ${id})`,
        amount: task,
        moves: { restores: `task:${id}` },
        type: "REFUND",
        description: ending.state === "FAILED" ? "Generation failed" : "Generation cancelled",
        reference: `task-refund:${id}`,
        at: now,
      },
      {
        when: sql`EXISTS (SELECT 1 FROM ${tasks} WHERE id = ${id} AND cost > 0 AND ${mine}
          AND state = ${ending.state})`,
      },
    ),
  ]);
  return firstRow(ended);
};
