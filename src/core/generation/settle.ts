import { sql } from "drizzle-orm";
import { tasks } from "../../platform/db/schema/generation.ts";
import type { NewEvent, Outbox } from "../webhooks/index.ts";
import type { Failure, TaskRow } from "./task.ts";
import { complete, endWithRefund, LIVING, type StoredMedia } from "./transitions.ts";

/** What the webhooks of a task's owner hear, where the task is still living. */
const eventOf = (row: TaskRow, now: number, failure?: Failure): NewEvent => {
  const facts = {
    userId: row.userId,
    environment: "live" as const,
    at: now,
    when: sql`EXISTS (SELECT 1 FROM ${tasks} WHERE id = ${row.id} AND ${LIVING})`,
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

/** Completes a task and tells its owner's webhooks, both or neither. Undefined where it was settled before. */
export const completeAndTell = (
  outbox: Outbox,
  row: TaskRow,
  media: StoredMedia,
  now: number,
): Promise<TaskRow | undefined> =>
  complete((statements) => outbox.run([eventOf(row, now)], statements), row.id, media, now);

/** Fails a task, gives its credits back and tells its owner's webhooks. Undefined where it was settled before. */
export const failAndTell = (
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
