import { z } from "zod";
import type { tasks } from "../../platform/db/schema/generation.ts";
import { ASPECT_RATIOS } from "./providers/spec.ts";

export type TaskRow = typeof tasks.$inferSelect;
export type TaskState = TaskRow["state"];

/** What a task failed of. Products say it in their own words. */
export const FAILURES = [
  /** A provider's safety rules refused it. */
  "moderated",
  /** No provider makes what was asked. */
  "invalid",
  /** The provider tried and gave up, or lost the job. */
  "provider_failed",
  /** The provider could not be reached, or has no room for us. */
  "provider_unavailable",
  /** The provider did not answer when it was asked to begin: it may or may not be making it. */
  "provider_unanswered",
  /** It took too long. */
  "deadline",
  /** Our own fault. */
  "internal",
] as const;
export type Failure = (typeof FAILURES)[number];

const failureOf = (stored: string | null): Failure | null =>
  stored === null ? null : z.enum(FAILURES).parse(stored);

const videoParamsSchema = z.object({
  aspectRatio: z.enum(ASPECT_RATIOS),
  durationSeconds: z.number(),
  hd: z.boolean(),
  negativePrompt: z.string().optional(),
  seed: z.number().optional(),
});

/** What was asked beside the prompt. */
export type VideoParams = z.output<typeof videoParamsSchema>;

/** A task as its owner may see it. Times are ms UTC. */
export interface Task extends Omit<TaskRow, "params" | "failure"> {
  readonly params: VideoParams;
  readonly failure: Failure | null;
}

export const toTask = (row: TaskRow): Task => ({
  ...row,
  params: videoParamsSchema.parse(JSON.parse(row.params)),
  failure: failureOf(row.failure),
});

export const isTerminal = (state: TaskState): boolean =>
  state === "COMPLETED" || state === "FAILED" || state === "CANCELLED";

/** What watchers are told. */
export const taskProgressSchema = z.object({
  id: z.string(),
  product: z.string(),
  state: z.enum(["PENDING", "PROCESSING", "COMPLETED", "FAILED", "CANCELLED"]),
  progress: z.number(),
  failure: z.enum(FAILURES).nullable(),
  /** ms UTC */
  createdAt: z.number(),
  updatedAt: z.number(),
});

export type TaskProgress = z.output<typeof taskProgressSchema>;

export const progressOf = (task: Pick<TaskRow, keyof TaskProgress>): TaskProgress => ({
  id: task.id,
  product: task.product,
  state: task.state,
  progress: task.progress,
  failure: failureOf(task.failure),
  createdAt: task.createdAt,
  updatedAt: task.updatedAt,
});

const RANK: Record<TaskState, number> = { PENDING: 0, PROCESSING: 1, COMPLETED: 2, FAILED: 2, CANCELLED: 2 };

/** Grows with every change a watcher has to hear of: states go one way, and progress never falls. */
export const versionOf = ({ state, progress }: Pick<TaskRow, "state" | "progress">): number =>
  RANK[state] * 1_000 + progress;

/** Where a task's objects lie. By its id: a step that runs twice writes over itself. */
export const mediaKeyOf = (id: string): string => `generation/${id}/media`;
export const thumbnailKeyOf = (id: string): string => `generation/${id}/thumbnail`;
