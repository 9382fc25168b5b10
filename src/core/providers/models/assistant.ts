import type { Catalog, Model } from "./model.ts";

/** As of 2026-11-20. OpenAI shut down gpt-4 and gpt-3.5-turbo on 2026-10-23, so their names are aliases. */
const MODELS: readonly Model[] = [
  {
    id: "gpt-5-mini",
    provider: "openai",
    vendorModel: "gpt-5-mini",
    aliases: ["openai", "gpt-4", "gpt-4-turbo", "gpt-4o", "gpt-4o-mini", "gpt-3.5-turbo"],
  },
  { id: "gpt-5", provider: "openai", vendorModel: "gpt-5", aliases: [] },
  {
    id: "llama-3.3-70b",
    provider: "workers-ai",
    vendorModel: "@cf/meta/llama-3.3-70b-instruct-fp8-fast",
    aliases: ["workers-ai", "@cf/meta/llama-3.3-70b-instruct-fp8-fast"],
  },
  { id: "sandbox", provider: "sandbox", vendorModel: "sandbox", aliases: [] },
];

export const ASSISTANT_MODELS: Catalog = { models: MODELS, fallback: ["openai", "workers-ai"] };
