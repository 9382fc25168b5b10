import { MINUTE_MS } from "../../lib/clock.ts";
import type { Model } from "../providers/index.ts";
import { imageCost, videoCost } from "./pricing.ts";
import type { ImageParams, TaskRow, VideoParams } from "./task.ts";
import { GRACE_MS } from "./transitions.ts";

/** Time from submit until a task fails with `deadline` and its credits are refunded. */
const DEADLINE_MS = { video: 30 * MINUTE_MS, image: 10 * MINUTE_MS } as const;
/** Description of the charge in the credit ledger. */
export const CHARGE_DESCRIPTIONS = { video: "Video generation", image: "Image generation" } as const;

interface NewTaskFacts {
  /** UUID chosen by the caller (optional). Submitting the same id again returns the existing task. */
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

/** Returns the price of a task in credits. */
export const costOf = (task: NewTask): number =>
  task.kind === "video" ? videoCost(task.params) : imageCost(task.params);

/** Reduces an HD video task to 720p for a model that cannot make HD, so that the client is not charged for HD. */
export const withoutHd = (task: NewTask): NewTask => {
  if (task.kind !== "video" || !task.params.hd) return task;
  const { resolution, ...params } = task.params;
  return { ...task, params: { ...params, hd: false, ...(resolution && { resolution: "720p" }) } };
};

/** Builds the row of a newly submitted task with the chosen model. `at` is in Unix ms. */
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
