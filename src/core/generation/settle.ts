import { sql } from "drizzle-orm";
import type { Database } from "../../platform/db/client.ts";
import { tasks } from "../../platform/db/schema/generation.ts";
import type { NewEvent, Outbox } from "../webhooks/index.ts";
import type { Failure, TaskRow } from "./task.ts";
import { complete, endWithRefund, isActive, type StoredMedia } from "./transitions.ts";

interface SettleDeps {
  readonly db: Database;
  readonly outbox: Outbox;
}

/** Builds the webhook event for the owner of a task. It is stored only if the task is still active. */
const eventOf = (row: TaskRow, now: number, failure?: Failure): NewEvent => {
  const facts = {
    userId: row.userId,
    environment: "live" as const,
    at: now,
    when: sql`EXISTS (SELECT 1 FROM ${tasks} WHERE ${tasks.id} = ${row.id} AND ${isActive})`,
  };
  const data = {
    id: row.id,
    product: row.product,
    kind: row.kind,
    model: row.model,
    cost: row.cost,
    submittedAt: new Date(row.createdAt).toISOString(),
  };
  return failure === undefined
    ? { ...facts, type: "generation.completed", data }
    : { ...facts, type: "generation.failed", data: { ...data, failure } };
};

/**
 * Completes a task and stores the webhook event for its owner in the same transaction. Returns undefined if the task
 * was already settled.
 */
export const completeWithEvent = (
  { db, outbox }: SettleDeps,
  row: TaskRow,
  media: StoredMedia,
  now: number,
): Promise<TaskRow | undefined> =>
  complete(db, (statements) => outbox.run([eventOf(row, now)], statements), row.id, media, now);

/**
 * Fails a task, refunds its credits and stores the webhook event for its owner in the same transaction. Returns
 * undefined if the task was already settled.
 */
export const failWithEvent = (
  { db, outbox }: SettleDeps,
  row: TaskRow,
  failure: Failure,
  now: number,
): Promise<TaskRow | undefined> =>
  endWithRefund(
    db,
    (statements) => outbox.run([eventOf(row, now, failure)], statements),
    row.id,
    { state: "FAILED", failure },
    now,
  );
