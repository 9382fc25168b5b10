import { z } from "zod";
import type { ProgressEvent } from "../progress/index.ts";
import { FAILURES, isTerminal, type Task, type TaskRow, type TaskState } from "./task.ts";

/** What was made of a completed task, beside where it is: all that its watchers are shown. */
const madeSchema = z.discriminatedUnion("kind", [
  z.object({
    kind: z.literal("video"),
    durationSeconds: z.number(),
    hd: z.boolean(),
    /** As the client named it, where it did. */
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

export type Made = z.output<typeof madeSchema>;

/** Undefined until the task is completed. */
export const madeOf = (task: Task): Made | undefined => {
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

/** What watchers are told. */
export const taskProgressSchema = z.object({
  id: z.string(),
  product: z.string(),
  kind: z.enum(["video", "image"]).default("video"),
  state: z.enum(["PENDING", "PROCESSING", "COMPLETED", "FAILED", "CANCELLED"]),
  progress: z.number(),
  failure: z.enum(FAILURES).nullable(),
  /** ms UTC */
  createdAt: z.number(),
  updatedAt: z.number(),
  /** Of a completed task, so that no watcher has to read the row. An older version of the Worker left it out. */
  made: madeSchema.optional(),
});

export type TaskProgress = z.output<typeof taskProgressSchema>;

const RANK: Record<TaskState, number> = { PENDING: 0, PROCESSING: 1, COMPLETED: 2, FAILED: 2, CANCELLED: 2 };
const RANK_STEP = 1_000;
/** Every version of a task that is not settled is at most this. */
export const LAST_RUNNING_VERSION = RANK.COMPLETED * RANK_STEP - 1;

/** Grows with every change a watcher has to hear of: states go one way, and progress never falls. */
export const versionOf = ({ state, progress }: Pick<TaskRow, "state" | "progress">): number =>
  RANK[state] * RANK_STEP + progress;

/** How a task stands, for its watchers. */
export const progressEventOf = (task: Task): ProgressEvent => {
  const { id, product, kind, state, progress, failure, createdAt, updatedAt } = task;
  const data: TaskProgress = { id, product, kind, state, progress, failure, createdAt, updatedAt };
  const made = madeOf(task);
  return {
    key: id,
    version: versionOf(task),
    terminal: isTerminal(state),
    data: made ? { ...data, made } : { ...data },
  };
};
