import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import example from "../../../.dev.vars.example?raw";
import { providersOf } from "../../../src/container/providers.ts";
import { CAPABILITIES, CATALOGS, labelOf, REGISTRY } from "../../../src/core/providers/index.ts";

const CREDENTIALS = {
  SORA_API_KEY: "k",
  SORA_API_URL: "https://sora.example.net/",
  GEMINI_API_KEY: "k",
  RUNWAY_API_KEY: "k",
  STABILITY_API_KEY: "k",
  OPENAI_API_KEY: "k",
};

const namesIn = (vars: Record<string, unknown>) => {
  const changed = { ...env, ...vars } as typeof env;
  const known = providersOf(changed);
  return Object.fromEntries(CAPABILITIES.map((capability) => [capability, [...known[capability].keys()]]));
};

describe("the registry of providers", () => {
  it("creates every provider that has its credentials", () => {
    expect(namesIn({ ...CREDENTIALS, AI: { run: async () => undefined } })).toEqual({
      image: ["stability", "dalle", "workers-ai", "sandbox"],
      video: ["sora", "veo", "runway", "sandbox"],
      assistant: ["openai", "workers-ai", "sandbox"],
    });
  });

  it("creates none without credentials, and the sandbox only where it is enabled", () => {
    expect(namesIn({ SANDBOX_PROVIDERS: "false" })).toEqual({ image: [], video: [], assistant: [] });
    expect(namesIn({ SORA_API_KEY: "k" }).video).toEqual(["sandbox"]);
  });

  it("tries the providers of a capability in its own order, and the sandbox never by itself", () => {
    expect(CATALOGS.image.fallback).toEqual(["stability", "dalle", "workers-ai"]);
    expect(CATALOGS.video.fallback).toEqual(["sora", "veo", "runway"]);
    expect(CATALOGS.assistant.fallback).toEqual(["openai", "workers-ai"]);
  });

  it.each(REGISTRY)(
    "has a label, a model and documented settings for $name",
    ({ name, label, settings, models }) => {
      expect(labelOf(name)).toBe(label);
      expect(Object.values(models).flat().length).toBeGreaterThan(0);
      for (const setting of settings) expect(example).toContain(`${setting}=`);
    },
  );

  it("has no label for a custom provider but its name", () => {
    expect(labelOf("custom:1")).toBe("custom:1");
  });
});
