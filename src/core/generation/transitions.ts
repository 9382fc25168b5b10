import { and, eq, inArray, lte, type SQL, sql } from "drizzle-orm";
import type { SQLiteUpdateSetSource } from "drizzle-orm/sqlite-core";
import { MINUTE_MS, SECOND_MS } from "../../lib/clock.ts";
import type { Database } from "../../platform/db/client.ts";
import { tasks } from "../../platform/db/schema/generation.ts";
import type { Statement, StatementResults } from "../../platform/db/transaction.ts";
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
const CLEAN_UP_AFTER_MS = 3 * LEASE_MS;
/** How long after a queue message is due `Generator.sweep` sends it again, in case it was lost. */
export const GRACE_MS = MINUTE_MS;

/** Changes of a task's columns, besides those that the transition makes itself. */
export type TaskChange = SQLiteUpdateSetSource<typeof tasks>;

/** The condition that a task has not ended. */
export const isActive = inArray(tasks.state, ["PENDING", "PROCESSING"]);

/** The condition that a task is claimed and has not ended. */
const isRunning = (id: string) => and(eq(tasks.id, id), eq(tasks.state, "PROCESSING"));

/** Claims an active task for one consumer. Returns undefined if another consumer holds it or it is settled. */
export const claim = async (db: Database, id: string, now: number): Promise<TaskRow | undefined> => {
  const [claimed] = await db
    .update(tasks)
    .set({
      state: "PROCESSING",
      attempts: sql`${tasks.attempts} + 1`,
      claimedUntil: now + LEASE_MS,
      wakeAt: now + LEASE_MS,
      updatedAt: now,
    })
    .where(and(eq(tasks.id, id), isActive, lte(tasks.claimedUntil, now)))
    .returning();
  return claimed;
};

/** Renews the lease and applies `change`. Returns false once the task is settled, so that the consumer stops. */
export const renew = async (db: Database, id: string, change: TaskChange, now: number): Promise<boolean> => {
  const { meta } = await db
    .update(tasks)
    .set({ ...change, claimedUntil: now + LEASE_MS, wakeAt: now + LEASE_MS, updatedAt: now })
    .where(isRunning(id));
  return meta.changes === 1;
};

/**
 * Applies `change` and ends the lease. The next queue message is due at `wakeAt`. Returns undefined if the task is
 * settled.
 */
export const release = async (
  db: Database,
  id: string,
  change: TaskChange,
  wakeAt: number,
  now: number,
): Promise<TaskRow | undefined> => {
  const [released] = await db
    .update(tasks)
    .set({ ...change, claimedUntil: 0, wakeAt: wakeAt + GRACE_MS, updatedAt: now })
    .where(isRunning(id))
    .returning();
  return released;
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
export type Run = <const S extends readonly Statement[]>(statements: S) => Promise<StatementResults<S>>;

/**
 * Completes a task. Returns undefined if it was already settled: a task cancelled before a late success stays
 * cancelled.
 */
export const complete = async (
  db: Database,
  run: Run,
  id: string,
  { images, ...media }: StoredMedia,
  now: number,
): Promise<TaskRow | undefined> => {
  const [[completed]] = await run([
    db
      .update(tasks)
      .set({
        ...media,
        images: images ? JSON.stringify(images) : null,
        state: "COMPLETED",
        progress: 100,
        claimedUntil: 0,
        wakeAt: null,
        finishedAt: now,
        updatedAt: now,
      })
      .where(isRunning(id))
      .returning(),
  ]);
  return completed;
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
  db: Database,
  run: Run,
  id: string,
  ending: Ending,
  now: number,
  options: { readonly userId?: number; readonly deleted?: boolean } = {},
): Promise<TaskRow | undefined> => {
  const mine = and(
    eq(tasks.id, id),
    options.userId === undefined ? undefined : eq(tasks.userId, options.userId),
  );
  const ofTask = (column: typeof tasks.cost | typeof tasks.userId): SQL =>
    sql`(SELECT ${column} FROM ${tasks} WHERE ${mine})`;
  const [[ended]] = await run([
    db
      .update(tasks)
      .set({
        state: ending.state,
        failure: ending.state === "FAILED" ? ending.failure : null,
        ...(options.deleted ? { deletedAt: now, shareToken: null } : {}),
        finishedAt: now,
        wakeAt: now + CLEAN_UP_AFTER_MS,
        updatedAt: now,
      })
      .where(and(mine, isActive))
      .returning(),
    addEntry(
      {
        userId: ofTask(tasks.userId),
        amount: ofTask(tasks.cost),
        moves: { restores: `task:${id}` },
        type: "REFUND",
        description: ending.state === "FAILED" ? "Generation failed" : "Generation cancelled",
        reference: `task-refund:${id}`,
        at: now,
      },
      {
        when: sql`EXISTS (SELECT 1 FROM ${tasks}
          WHERE ${mine} AND ${tasks.cost} > 0 AND ${tasks.state} = ${ending.state})`,
      },
    ),
  ]);
  return ended;
};
