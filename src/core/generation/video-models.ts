import type { ProviderName } from "./providers/spec.ts";

export interface VideoModel {
  readonly id: string;
  readonly provider: ProviderName;
  /** What its provider calls it. */
  readonly vendorModel: string;
  /** Other names clients know it by. Names of models that are gone lead to who took their place. */
  readonly aliases: readonly string[];
  readonly maxSeconds: number;
  /** UTC day (`YYYY-MM-DD`) from which its provider answers no more, where that is known. */
  readonly shutdownOn?: string;
  /** Id of the model that takes its place then. */
  readonly successor?: string;
}

/**
 * Looked up on 2026-11-20. OpenAI's own Videos API ended on 2026-09-24: `sora` is its wire format, spoken to whatever
 * gateway is configured. The first model of a provider is its default.
 */
export const VIDEO_MODELS: readonly VideoModel[] = [
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
  },
  {
    id: "sandbox",
    provider: "sandbox",
    vendorModel: "sandbox",
    aliases: [],
    maxSeconds: 10,
  },
];

/** Who is asked where nobody else is named, or who was named has no credentials. */
export const VIDEO_FALLBACK: readonly ProviderName[] = ["sora", "veo", "runway"];
