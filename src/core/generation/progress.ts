import { z } from "zod";
import type { ProgressEvent } from "../progress/index.ts";
import { FAILURES, isTerminal, type Task, type TaskRow, type TaskState } from "./task.ts";

/** The result of a completed task as watchers see it, without storage keys. */
const madeSchema = z.discriminatedUnion("kind", [
  z.object({
    kind: z.literal("video"),
    durationSeconds: z.number(),
    hd: z.boolean(),
    /** The resolution in the client's notation, if the client sent one. */
    resolution: z.string().optional(),
    bytes: z.number(),
    hasThumbnail: z.boolean(),
  }),
  z.object({
    kind: z.literal("image"),
    images: z.array(
      z.object({ width: z.number(), height: z.number(), bytes: z.number(), hasThumbnail: z.boolean() }),
    ),
  }),
]);

export type TaskResult = z.output<typeof madeSchema>;

/** Returns the result of a task; undefined until the task is completed. */
export const resultOf = (task: Task): TaskResult | undefined => {
  if (task.state !== "COMPLETED") return undefined;
  if (task.kind === "video") {
    const { durationSeconds, hd, resolution } = task.params;
    const bytes = task.mediaBytes ?? 0;
    return {
      kind: "video",
      durationSeconds,
      hd,
      resolution,
      bytes,
      hasThumbnail: task.thumbnailKey !== null,
    };
  }
  return {
    kind: "image",
    images: task.images.map(({ width, height, bytes, thumbnailType }) => ({
      width,
      height,
      bytes,
      hasThumbnail: thumbnailType !== null,
    })),
  };
};

/** Data of a progress event. */
export const taskProgressSchema = z.object({
  id: z.string(),
  product: z.string(),
  kind: z.enum(["video", "image"]).default("video"),
  state: z.enum(["PENDING", "PROCESSING", "COMPLETED", "FAILED", "CANCELLED"]),
  progress: z.number(),
  failure: z.enum(FAILURES).nullable(),
  /** Times are ms UTC. */
  createdAt: z.number(),
  updatedAt: z.number(),
  /**
   * Only of a completed task, so that watchers need not read the row. Optional, because events stored by an older
   * version of the Worker do not have it.
   */
  made: madeSchema.optional(),
});

export type TaskProgress = z.output<typeof taskProgressSchema>;

const RANK: Record<TaskState, number> = { PENDING: 0, PROCESSING: 1, COMPLETED: 2, FAILED: 2, CANCELLED: 2 };
const RANK_STEP = 1_000;
/** The highest version that a task can have while it is not settled. */
export const LAST_RUNNING_VERSION = RANK.COMPLETED * RANK_STEP - 1;

/**
 * Returns a number that increases with every published change: states only move forward and progress never decreases.
 */
export const versionOf = ({ state, progress }: Pick<TaskRow, "state" | "progress">): number =>
  RANK[state] * RANK_STEP + progress;

/** Builds the progress event for the current state of a task. */
export const progressEventOf = (task: Task): ProgressEvent => {
  const { id, product, kind, state, progress, failure, createdAt, updatedAt } = task;
  const data: TaskProgress = { id, product, kind, state, progress, failure, createdAt, updatedAt };
  const made = resultOf(task);
  return {
    key: id,
    version: versionOf(task),
    terminal: isTerminal(state),
    data: made ? { ...data, made } : { ...data },
  };
};
