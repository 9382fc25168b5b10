import { sql } from "drizzle-orm";
import { tasks } from "../../platform/db/schema/generation.ts";
import type { NewEvent, Outbox } from "../webhooks/index.ts";
import type { Failure, TaskRow } from "./task.ts";
import { complete, endWithRefund, IS_ACTIVE, type StoredMedia } from "./transitions.ts";

/** Builds the webhook event for the owner of a task. It is stored only if the task is still active. */
const eventOf = (row: TaskRow, now: number, failure?: Failure): NewEvent => {
  const facts = {
    userId: row.userId,
    environment: "live" as const,
    at: now,
    when: sql`EXISTS (SELECT 1 FROM ${tasks} WHERE id = ${row.id} AND ${IS_ACTIVE})`,
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
  outbox: Outbox,
  row: TaskRow,
  media: StoredMedia,
  now: number,
): Promise<TaskRow | undefined> =>
  complete((statements) => outbox.run([eventOf(row, now)], statements), row.id, media, now);

/**
 * Fails a task, refunds its credits and stores the webhook event for its owner in the same transaction. Returns
 * undefined if the task was already settled.
 */
export const failWithEvent = (
  outbox: Outbox,
  row: TaskRow,
  failure: Failure,
  now: number,
): Promise<TaskRow | undefined> =>
  endWithRefund(
    (statements) => outbox.run([eventOf(row, now, failure)], statements),
    row.id,
    { state: "FAILED", failure },
    now,
  );
