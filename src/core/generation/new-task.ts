import { MINUTE_MS } from "../../lib/clock.ts";
import type { Model } from "../models/index.ts";
import { imageCost, videoCost } from "./pricing.ts";
import type { ImageParams, TaskRow, VideoParams } from "./task.ts";
import { GRACE_MS } from "./transitions.ts";

/** How long it may take before its credits are given back. */
const DEADLINE_MS = { video: 30 * MINUTE_MS, image: 10 * MINUTE_MS } as const;
/** What the charge is called in the ledger. */
export const CHARGE = { video: "Video generation", image: "Image generation" } as const;

interface NewTaskFacts {
  /** UUID, where the caller has one already: submitting it again gives the task that is there. */
  readonly id?: string | undefined;
  readonly userId: number;
  readonly product: string;
  readonly prompt: string;
  readonly model?: string | undefined;
}

export interface NewVideo extends NewTaskFacts {
  readonly kind: "video";
  readonly params: VideoParams;
}

export interface NewImages extends NewTaskFacts {
  readonly kind: "image";
  readonly params: ImageParams;
}

export type NewTask = NewVideo | NewImages;

/** In credits. */
export const costOf = (task: NewTask): number =>
  task.kind === "video" ? videoCost(task.params) : imageCost(task.params);

/** What a model makes that knows no high definition: nobody is charged for it. */
export const plain = (task: NewTask): NewTask => {
  if (task.kind !== "video" || !task.params.hd) return task;
  const { resolution, ...params } = task.params;
  return { ...task, params: { ...params, hd: false, ...(resolution && { resolution: "720p" }) } };
};

/** A task as it is submitted, with the model that does the work. `at` in Unix ms. */
export const newRow = (id: string, task: NewTask, model: Model, cost: number, at: number): TaskRow => ({
  id,
  userId: task.userId,
  product: task.product,
  kind: task.kind,
  prompt: task.prompt,
  title: null,
  images: null,
  params: JSON.stringify(task.params),
  requestedModel: task.model ?? null,
  provider: model.provider,
  model: model.id,
  vendorModel: model.vendorModel,
  state: "PENDING",
  progress: 0,
  cost,
  attempts: 0,
  claimedUntil: 0,
  startedAt: null,
  providerJob: null,
  wakeAt: at + GRACE_MS,
  deadlineAt: at + DEADLINE_MS[task.kind],
  failure: null,
  mediaKey: null,
  mediaType: null,
  mediaBytes: null,
  thumbnailKey: null,
  thumbnailType: null,
  shareToken: null,
  createdAt: at,
  updatedAt: at,
  finishedAt: null,
  deletedAt: null,
});
