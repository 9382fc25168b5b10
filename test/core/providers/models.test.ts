import { describe, expect, it } from "vitest";
import {
  ASSISTANT_MODELS,
  auditModels,
  CATALOGS,
  chooseModel,
  IMAGE_MODELS,
  type ProviderName,
  VIDEO_MODELS,
} from "../../../src/core/providers/index.ts";

const NOW = Date.parse("2026-11-21");
const with_ =
  (...names: ProviderName[]) =>
  (name: ProviderName) =>
    names.includes(name);
const choose = (requested: string | null, enabled: (name: ProviderName) => boolean, sandbox = false) =>
  chooseModel(VIDEO_MODELS, requested, NOW, enabled, sandbox);

describe("choosing a model", () => {
  it.each([
    ["sora", "sora-2"],
    ["sora-1.0", "sora-2"],
    ["SORA-2-PRO", "sora-2-pro"],
    ["veo-2", "veo-3.1"],
    ["veo-3", "veo-3.1"],
    ["gen-4", "gen-4.5"],
    ["gemini-omni-1.1-flash", "gemini-omni"],
  ])("resolves %s to %s", (requested, id) => {
    expect(choose(requested, with_("sora", "veo", "runway"))).toMatchObject({ kind: "model", model: { id } });
  });

  it.each([
    [IMAGE_MODELS, "stable-diffusion-xl", "stability", "stable-image-core"],
    [IMAGE_MODELS, "stable-diffusion-3", "stability", "sd3.5-large"],
    [IMAGE_MODELS, "dall-e-3", "dalle", "gpt-image-2"],
    [ASSISTANT_MODELS, "gpt-4", "openai", "gpt-5-mini"],
    [ASSISTANT_MODELS, "gpt-3.5-turbo", "openai", "gpt-5-mini"],
  ] as const)(
    "resolves every name of the Studio document to an available model",
    (catalog, name, provider, id) => {
      const enabled = with_("stability", "dalle", "openai");
      expect(chooseModel(catalog, name, NOW, enabled, false)).toMatchObject({ model: { provider, id } });
    },
  );

  it("has no name for two models", () => {
    for (const { models } of Object.values(CATALOGS)) {
      const names = models.flatMap(({ id, aliases }) => [...new Set([id, ...aliases])]);
      expect(new Set(names).size).toBe(names.length);
    }
  });

  it("does not accept an unknown name", () => {
    expect(choose("dall-e-9", with_("sora"))).toEqual({ kind: "unknown" });
  });

  it.each([
    [["sora", "veo", "runway"], "sora-2"],
    [["veo", "runway"], "veo-3.1"],
    [["runway"], "gen-4.5"],
  ] as const)("takes the first model of the chain with credentials (%j)", (enabled, id) => {
    expect(choose(null, with_(...enabled))).toMatchObject({ model: { id } });
    expect(choose("sora", with_(...enabled))).toMatchObject({ model: { id } });
  });

  it("wraps around the chain from its last model", () => {
    expect(choose("gen-4", with_("veo"))).toMatchObject({ model: { provider: "veo" } });
  });

  it("uses the sandbox without any credentials when it is allowed, and is unavailable otherwise", () => {
    expect(choose("sora", with_(), true)).toMatchObject({ model: { provider: "sandbox" } });
    expect(choose(null, with_(), true)).toMatchObject({ model: { provider: "sandbox" } });
    expect(choose("sora", with_())).toEqual({ kind: "unavailable" });
    expect(choose("sandbox", with_("sora"))).toEqual({ kind: "unavailable" });
  });
});

describe("the daily audit of the models", () => {
  it("reports models that a provider does not list, unless the provider lists none", () => {
    const problems = auditModels(VIDEO_MODELS, new Map([["sora", ["sora-2"]]]), NOW);
    expect(problems).toEqual([{ model: "sora-2-pro", problem: "not_listed" }]);
    expect(auditModels(VIDEO_MODELS, new Map(), NOW)).toEqual([]);
  });
});
