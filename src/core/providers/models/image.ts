import type { Catalog, Model } from "./model.ts";

/**
 * As of 2026-11-20. dall-e-3 and the first GPT image models are shut down, so their names are aliases. Names from
 * before Stability's v2beta API are aliases of models in that API.
 */
const MODELS: readonly Model[] = [
  {
    id: "stable-image-core",
    provider: "stability",
    vendorModel: "core",
    aliases: ["stability", "stable-diffusion-xl", "sdxl", "stable-diffusion-xl-1024-v1-0"],
  },
  {
    id: "sd3.5-large",
    provider: "stability",
    vendorModel: "sd3.5-large",
    aliases: ["stable-diffusion-3", "stable-diffusion-3.5", "sd3", "sd3-large", "sd3.5"],
  },
  { id: "stable-image-ultra", provider: "stability", vendorModel: "ultra", aliases: ["ultra"] },
  {
    id: "gpt-image-2",
    provider: "dalle",
    vendorModel: "gpt-image-2",
    aliases: ["dalle", "dall-e-3", "dall-e-2", "dall-e", "gpt-image-1", "gpt-image-1.5", "gpt-image-1-mini"],
  },
  {
    id: "flux-1-schnell",
    provider: "workers-ai",
    vendorModel: "@cf/black-forest-labs/flux-1-schnell",
    aliases: ["flux", "workers-ai", "@cf/black-forest-labs/flux-1-schnell"],
  },
  {
    id: "sdxl-workers-ai",
    provider: "workers-ai",
    vendorModel: "@cf/stabilityai/stable-diffusion-xl-base-1.0",
    aliases: ["@cf/stabilityai/stable-diffusion-xl-base-1.0"],
  },
  { id: "sandbox", provider: "sandbox", vendorModel: "sandbox", aliases: [] },
];

export const IMAGE_MODELS: Catalog = { models: MODELS, fallback: ["stability", "dalle", "workers-ai"] };
