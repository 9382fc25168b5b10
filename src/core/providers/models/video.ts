import type { Catalog, Model } from "./model.ts";

export interface VideoModel extends Model {
  readonly maxSeconds: number;
  /** Set if the model makes no video above 720p. */
  readonly isPlain?: true;
}

/**
 * As of 2026-11-20. OpenAI shut down its Videos API on 2026-09-24. The provider `sora` uses that API's wire format
 * with the compatible gateway that is configured.
 */
const MODELS: readonly VideoModel[] = [
  {
    id: "sora-2",
    provider: "sora",
    vendorModel: "sora-2",
    aliases: ["sora", "sora-1", "sora-1.0", "sora-turbo", "sora2"],
    maxSeconds: 12,
  },
  {
    id: "sora-2-pro",
    provider: "sora",
    vendorModel: "sora-2-pro",
    aliases: ["sora-pro", "sora-1.0-pro"],
    maxSeconds: 12,
  },
  {
    id: "veo-3.1",
    provider: "veo",
    vendorModel: "veo-3.1-generate-preview",
    aliases: ["veo", "veo-2", "veo-2.0", "veo-3", "veo-3.0", "veo-3.1-generate-preview"],
    maxSeconds: 8,
    successor: "gemini-omni",
  },
  {
    id: "veo-3.1-fast",
    provider: "veo",
    vendorModel: "veo-3.1-fast-generate-preview",
    aliases: ["veo-fast", "veo-3-fast"],
    maxSeconds: 8,
    successor: "gemini-omni",
  },
  {
    id: "gemini-omni",
    provider: "veo",
    vendorModel: "gemini-omni-1.1-flash",
    aliases: ["gemini-omni-1.1-flash", "omni"],
    maxSeconds: 10,
  },
  {
    id: "gen-4.5",
    provider: "runway",
    vendorModel: "gen4.5",
    aliases: ["gen4.5", "gen-4", "gen4", "gen-3", "gen3", "gen-3-alpha", "runway"],
    maxSeconds: 10,
    isPlain: true,
  },
  {
    id: "sandbox",
    provider: "sandbox",
    vendorModel: "sandbox",
    aliases: [],
    maxSeconds: 10,
  },
];

export const VIDEO_MODELS: Catalog<VideoModel> = { models: MODELS, fallback: ["sora", "veo", "runway"] };
