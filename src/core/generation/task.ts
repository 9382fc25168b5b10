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

/** A picture the client gave lies beside what is made of it: see `inputKeyOf`. */
const inputSchema = z.object({ mimeType: z.string() });

const videoParamsSchema = z.object({
  aspectRatio: z.enum(ASPECT_RATIOS),
  durationSeconds: z.number(),
  hd: z.boolean(),
  negativePrompt: z.string().optional(),
  seed: z.number().optional(),
  style: z.string().optional(),
  /** As the client named it (`720p`), where it did. */
  resolution: z.string().optional(),
  input: inputSchema.optional(),
});

/** What was asked beside the prompt. */
export type VideoParams = z.output<typeof videoParamsSchema>;

const imageParamsSchema = z.object({
  width: z.number(),
  height: z.number(),
  count: z.number(),
  hd: z.boolean(),
  negativePrompt: z.string().optional(),
  style: z.string().optional(),
  seed: z.number().optional(),
  /** How far to go from the picture it begins with, 0 to 1. */
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
    /** Media type; null where there is none. */
    thumbnailType: z.string().nullable(),
  }),
);

/** An image that was made. Sizes are what its bytes say. */
export type MadeImage = z.output<typeof imagesSchema>[number];

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
  /** Empty until it is completed. */
  readonly images: readonly MadeImage[];
}

/** A task as its owner may see it. Times are ms UTC. */
export type Task = VideoTask | ImageTask;

export const toTask = ({ kind, images, ...row }: TaskRow): Task => {
  const failure = failureOf(row.failure);
  const asked: unknown = JSON.parse(row.params);
  if (kind === "video") return { ...row, kind, failure, params: videoParamsSchema.parse(asked) };
  const made = images === null ? [] : imagesSchema.parse(JSON.parse(images));
  return { ...row, kind, failure, params: imageParamsSchema.parse(asked), images: made };
};

/** The task of a product that makes nothing but videos. */
export const videoOnly = (task: Task): VideoTask => {
  if (task.kind !== "video") throw new Error(`task ${task.id} is no video`);
  return task;
};

export const isTerminal = (state: TaskState): boolean =>
  state === "COMPLETED" || state === "FAILED" || state === "CANCELLED";

/** The most images of one task. */
export const MAX_IMAGES = 4;

const suffixOf = (index: number): string => (index === 0 ? "" : `-${index}`);

/** Where a task's objects lie. By its id: a step that runs twice writes over itself. `index` counts its images. */
export const mediaKeyOf = (id: string, index = 0): string => `generation/${id}/media${suffixOf(index)}`;
export const thumbnailKeyOf = (id: string, index = 0): string =>
  `generation/${id}/thumbnail${suffixOf(index)}`;
/** The picture it begins with. */
export const inputKeyOf = (id: string): string => `generation/${id}/input`;

/** What was made of a task. */
export const madeKeysOf = (id: string): string[] =>
  Array.from({ length: MAX_IMAGES }, (_, i) => [mediaKeyOf(id, i), thumbnailKeyOf(id, i)]).flat();

/** Everything there may be of a task. */
export const objectKeysOf = (id: string): string[] => [inputKeyOf(id), ...madeKeysOf(id)];
