import { ASSISTANT_MODELS } from "./assistant.ts";
import { IMAGE_MODELS } from "./image.ts";
import type { Capability, Catalog } from "./model.ts";
import { VIDEO_MODELS } from "./video.ts";

export * from "./choose.ts";
export * from "./model.ts";
export type { VideoModel } from "./video.ts";
export { ASSISTANT_MODELS, IMAGE_MODELS, VIDEO_MODELS };

export const CATALOGS: Readonly<Record<Capability, Catalog>> = {
  image: IMAGE_MODELS,
  video: VIDEO_MODELS,
  assistant: ASSISTANT_MODELS,
};
