import { z } from "zod";
import type { tasks } from "../../platform/db/schema/generation.ts";
import { ASPECT_RATIOS } from "../providers/index.ts";
import { MAX_IMAGES } from "./facts.ts";

export type TaskRow = typeof tasks.$inferSelect;
export type TaskState = TaskRow["state"];

/** Reasons for which a task fails. Each product maps them to its own error messages. */
export const FAILURES = [
  /** The provider's safety rules refused the request. */
  "moderated",
  /** The provider rejected the parameters of the request. */
  "invalid",
  /** The provider's job failed, or the provider no longer knows it. */
  "provider_failed",
  /** The provider could not be reached, refused our account, or had no capacity for us. */
  "provider_unavailable",
  /** The provider did not answer the request that starts the job, so it is unknown whether the job exists. */
  "provider_unanswered",
  /** The task was not completed before its deadline. */
  "deadline",
  /** An error in this system. */
  "internal",
] as const;
export type Failure = (typeof FAILURES)[number];

const failureOf = (stored: string | null): Failure | null =>
  stored === null ? null : z.enum(FAILURES).parse(stored);

/** The client's input picture. Its bytes are stored under `inputKeyOf`, beside the result. */
const inputSchema = z.object({ mimeType: z.string() });

const videoParamsSchema = z.object({
  aspectRatio: z.enum(ASPECT_RATIOS),
  durationSeconds: z.number(),
  hd: z.boolean(),
  negativePrompt: z.string().optional(),
  seed: z.number().optional(),
  style: z.string().optional(),
  /** The resolution in the client's notation (`720p`), if the client sent one. */
  resolution: z.string().optional(),
  input: inputSchema.optional(),
});

/** The request without the prompt. */
export type VideoParams = z.output<typeof videoParamsSchema>;

const imageParamsSchema = z.object({
  width: z.number(),
  height: z.number(),
  count: z.number(),
  hd: z.boolean(),
  negativePrompt: z.string().optional(),
  style: z.string().optional(),
  seed: z.number().optional(),
  /** How much the result may differ from the input picture: 0 keeps the picture, 1 ignores it. */
  strength: z.number().optional(),
  input: inputSchema.optional(),
});

export type ImageParams = z.output<typeof imageParamsSchema>;

const imagesSchema = z.array(
  z.object({
    type: z.string(),
    bytes: z.number(),
    width: z.number(),
    height: z.number(),
    /** Media type of the thumbnail; null if the image has no thumbnail. */
    thumbnailType: z.string().nullable(),
  }),
);

/** A generated image. Type, width and height are read from its bytes. */
export type GeneratedImage = z.output<typeof imagesSchema>[number];

interface TaskFacts extends Omit<TaskRow, "kind" | "params" | "failure" | "images"> {
  readonly failure: Failure | null;
}

export interface VideoTask extends TaskFacts {
  readonly kind: "video";
  readonly params: VideoParams;
}

export interface ImageTask extends TaskFacts {
  readonly kind: "image";
  readonly params: ImageParams;
  /** Empty until the task is completed. */
  readonly images: readonly GeneratedImage[];
}

/** A task with its JSON columns parsed. Times are ms UTC. */
export type Task = VideoTask | ImageTask;

export const toTask = ({ kind, images, ...row }: TaskRow): Task => {
  const failure = failureOf(row.failure);
  const asked: unknown = JSON.parse(row.params);
  if (kind === "video") return { ...row, kind, failure, params: videoParamsSchema.parse(asked) };
  const made = images === null ? [] : imagesSchema.parse(JSON.parse(images));
  return { ...row, kind, failure, params: imageParamsSchema.parse(asked), images: made };
};

/** Narrows a task of a product that generates only videos. Throws for an image task. */
export const asVideoTask = (task: Task): VideoTask => {
  if (task.kind !== "video") throw new Error(`task ${task.id} is no video`);
  return task;
};

export const isTerminal = (state: TaskState): boolean =>
  state === "COMPLETED" || state === "FAILED" || state === "CANCELLED";

const suffixOf = (index: number): string => (index === 0 ? "" : `-${index}`);

/**
 * R2 key of a generated file. The key is derived from the task id, so a step that runs twice overwrites its own
 * objects. `index` is the position of the image in the task.
 */
export const mediaKeyOf = (id: string, index = 0): string => `generation/${id}/media${suffixOf(index)}`;
export const thumbnailKeyOf = (id: string, index = 0): string =>
  `generation/${id}/thumbnail${suffixOf(index)}`;
/** R2 key of the input picture. */
export const inputKeyOf = (id: string): string => `generation/${id}/input`;

/** All keys under which results of a task may be stored. */
export const resultKeysOf = (id: string): string[] =>
  Array.from({ length: MAX_IMAGES }, (_, i) => [mediaKeyOf(id, i), thumbnailKeyOf(id, i)]).flat();

/** All keys under which objects of a task may be stored: the input picture and the results. */
export const objectKeysOf = (id: string): string[] => [inputKeyOf(id), ...resultKeysOf(id)];
