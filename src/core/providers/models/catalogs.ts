import type { Capability } from "../facts.ts";
import { REGISTRY } from "../registry.ts";
import type { Catalog, Model, VideoModel } from "./model.ts";

const imageModels: Model[] = REGISTRY.flatMap(({ name, models }) =>
  (models.image ?? []).map((model) => ({ ...model, provider: name })),
);
const videoModels: VideoModel[] = REGISTRY.flatMap(({ name, models }) =>
  (models.video ?? []).map((model) => ({ ...model, provider: name })),
);
const assistantModels: Model[] = REGISTRY.flatMap(({ name, models }) =>
  (models.assistant ?? []).map((model) => ({ ...model, provider: name })),
);

/** The sandbox is no fallback by itself: `chooseModel` uses it only where it is allowed. */
const catalogOf = <M extends Model>(models: readonly M[]): Catalog<M> => ({
  models,
  fallback: [...new Set(models.map(({ provider }) => provider))].filter((name) => name !== "sandbox"),
});

export const IMAGE_MODELS = catalogOf(imageModels);
export const VIDEO_MODELS = catalogOf(videoModels);
export const ASSISTANT_MODELS = catalogOf(assistantModels);

export const CATALOGS: Readonly<Record<Capability, Catalog>> = {
  image: IMAGE_MODELS,
  video: VIDEO_MODELS,
  assistant: ASSISTANT_MODELS,
};
