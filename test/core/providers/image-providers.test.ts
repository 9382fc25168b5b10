import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { providersOf } from "../../../src/container/providers.ts";
import { readPicture } from "../../../src/core/media/index.ts";
import { OpenAiImagesProvider, openAiSize } from "../../../src/core/providers/adapters/openai-images.ts";
import { nearestRatio } from "../../../src/core/providers/adapters/stability.ts";
import { WorkersAiImagesProvider } from "../../../src/core/providers/adapters/workers-ai-images.ts";
import type { ImageProvider, ImageSpec } from "../../../src/core/providers/index.ts";
import type { Fakes } from "../../support/fakes/index.ts";
import { makePng } from "../../support/pictures.ts";

const fakes = JSON.parse(env.FAKES) as Fakes;
const vendorEnv = { ...env, ...fakes.openai.vars, ...fakes.stability.vars } as typeof env;
const { image: providers } = providersOf(vendorEnv);
const context = (timeoutMs = 5_000) => ({ signal: AbortSignal.timeout(timeoutMs), report: async () => true });
const unique = (words: string) => `${words} ${crypto.randomUUID()}`;

const specOf = (prompt: string, change: Partial<ImageSpec> = {}): ImageSpec => ({
  taskId: crypto.randomUUID(),
  model: "core",
  prompt,
  width: 320,
  height: 240,
  count: 1,
  hd: false,
  ...change,
});

const askedOf = async (name: "openai" | "stability", prompt: string) => {
  const { images } = (await (await fetch(`${fakes[name].origin}/__images`)).json()) as {
    images: { prompt: string; path: string; fields: Record<string, unknown> }[];
  };
  return images.filter((one) => one.prompt.includes(prompt));
};

describe.each([
  ["stability", "stability", "core"],
  ["dalle", "openai", "gpt-image-2"],
] as const)("%s", (name, fake, model) => {
  const provider = providers.get(name) as ImageProvider;
  const make = (prompt: string, change: Partial<ImageSpec> = {}, timeoutMs?: number) =>
    provider.make(specOf(prompt, { model, ...change }), context(timeoutMs));

  it("makes the requested number of pictures", async () => {
    const prompt = unique("a cat");
    const outcome = await make(prompt, { count: 3, seed: 4_294_967_295 });
    if (outcome.kind !== "made") throw new Error(JSON.stringify(outcome));
    expect(outcome.media).toHaveLength(3);
    for (const { bytes } of outcome.media) expect(readPicture(bytes)?.mimeType).toBe("image/png");
  });

  it("sends the source picture when there is one", async () => {
    const prompt = unique("a cat");
    const input = { bytes: makePng(8, 8, [1, 2, 3]), mimeType: "image/png", strength: 0.4 };
    expect(await make(prompt, { input })).toMatchObject({ kind: "made" });
    const [asked] = await askedOf(fake, prompt);
    expect(asked?.fields.image).toBe("image/png");
    expect(asked?.fields.strength).toBe(name === "stability" ? "0.4" : undefined);
  });

  it("puts options without a parameter into the prompt", async () => {
    const prompt = unique("a cat");
    await make(prompt, { style: "水彩", negativePrompt: "dogs" });
    const [asked] = await askedOf(fake, prompt);
    expect(asked?.prompt).toContain("水彩");
    if (name === "stability") expect(asked?.fields.negative_prompt).toBe("dogs");
    else expect(asked?.prompt).toContain("Avoid: dogs");
  });

  it.each([
    ["moderated", { kind: "refused", reason: "moderated" }],
    ["unpaid", { kind: "refused", reason: "provider_account" }],
    ["busy", { kind: "unavailable", delivered: "no", retryAfterSeconds: 7 }],
    ["overloaded", { kind: "unavailable", delivered: "no" }],
    ["broken", { kind: "unavailable", delivered: "unknown" }],
    ["reset", { kind: "unavailable", delivered: "unknown" }],
    ["garbled", { kind: "unavailable", delivered: "unknown" }],
  ])('maps the vendor\'s failure "%s" to an outcome', async (word, expected) => {
    expect(await make(`a ${word} cat`)).toMatchObject(expected);
  });

  it("reports an unknown delivery when the request gets no answer", async () => {
    expect(await make("a slow cat", {}, 200)).toMatchObject({ kind: "unavailable", delivered: "unknown" });
  });

  it("reports a wrong API key as a problem of our account", async () => {
    const wrong = { ...vendorEnv, OPENAI_API_KEY: "sk-wrong", STABILITY_API_KEY: "sk-wrong" } as typeof env;
    const { image } = providersOf(wrong);
    const outcome = await image.get(name)?.make(specOf("a cat", { model }), context());
    expect(outcome).toMatchObject({ kind: "refused", reason: "provider_account" });
  });
});

describe("stability", () => {
  const provider = providers.get("stability") as ImageProvider;

  it.each([
    [1_024, 1_024, "1:1"],
    [1_920, 1_080, "16:9"],
    [64, 2_048, "9:21"],
    [768, 1_024, "4:5"],
  ])("maps %i × %i to the ratio %s", (width, height, ratio) => {
    expect(nearestRatio(width, height)).toBe(ratio);
  });

  it("maps the vendor's styles, and numbers the seeds of a series", async () => {
    const prompt = unique("a cat");
    await provider.make(specOf(prompt, { style: "Pixel Art", seed: 5, count: 2 }), context());
    const asked = await askedOf("stability", prompt);
    expect(asked.map(({ fields }) => fields.seed)).toEqual(["5", "6"]);
    expect(asked[0]?.fields.style_preset).toBe("pixel-art");
    expect(asked[0]?.prompt).toBe(prompt);
  });

  it("reports filtered pictures, and does not repeat a series after a partial failure", async () => {
    expect(await provider.make(specOf("a filtered cat"), context())).toMatchObject({ reason: "moderated" });
    const outcome = await provider.make(specOf(unique("second-fails"), { count: 2 }), context());
    expect(outcome).toMatchObject({ kind: "unavailable", delivered: "unknown" });
  });

  it("stops a series when the task was cancelled", async () => {
    const prompt = unique("a cat");
    const unwanted = { signal: AbortSignal.timeout(5_000), report: async () => false };
    await provider.make(specOf(prompt, { count: 4 }), unwanted);
    expect(await askedOf("stability", prompt)).toHaveLength(1);
  });
});

describe("OpenAI's images", () => {
  it.each([
    [1_024, 1_024, "1024x1024"],
    [1_000, 700, "1008x704"],
    [2_048, 64, "2048x688"],
    [64, 64, "64x64"],
  ])("are made in the nearest size (%i × %i)", (width, height, size) => {
    expect(openAiSize(width, height)).toBe(size);
  });

  it("are requested again when fewer arrive than requested", async () => {
    const outcome = await (providers.get("dalle") as ImageProvider).make(
      specOf(unique("one-at-a-time"), { count: 3, model: "gpt-image-2" }),
      context(),
    );
    expect(outcome.kind === "made" && outcome.media).toHaveLength(3);
  });

  it("may be URLs, which are fetched only from allowed origins", async () => {
    const custom = new OpenAiImagesProvider("custom:1", {
      baseUrl: fakes.openai.origin,
      apiKey: fakes.openai.vars.OPENAI_API_KEY ?? "",
      isDownloadAllowed: () => false,
    });
    const outcome = await custom.make(specOf("as-url cat", { model: "any" }), context());
    if (outcome.kind !== "made") throw new Error(JSON.stringify(outcome));
    expect(readPicture(outcome.media[0]?.bytes ?? new Uint8Array())).toMatchObject({ width: 48, height: 32 });
    expect(await custom.make(specOf("from-inside cat", { model: "any" }), context())).toMatchObject({
      kind: "refused",
      reason: "provider_failed",
    });
  });
});

describe("Workers AI", () => {
  const asked: { model: string; input: Record<string, unknown> }[] = [];
  const binding = (answer: unknown) => ({
    run: async (model: string, input: Record<string, unknown>) => {
      asked.push({ model, input });
      if (answer instanceof Error) throw answer;
      return answer;
    },
  });
  const png = makePng(4, 4, [0, 0, 0]);
  const base64 = Buffer.from(png).toString("base64");

  it("may answer with base64 or with a stream", async () => {
    for (const answer of [{ image: base64 }, new Blob([png]).stream()]) {
      const provider = new WorkersAiImagesProvider(binding(answer));
      const outcome = await provider.make(specOf("a cat", { model: "@cf/some/sdxl" }), context());
      expect(outcome).toMatchObject({ kind: "made" });
    }
    expect(asked.at(-1)).toMatchObject({
      model: "@cf/some/sdxl",
      input: { prompt: "a cat", width: 320, height: 256 },
    });
  });

  it("sends the source picture to Stable Diffusion", async () => {
    const provider = new WorkersAiImagesProvider(binding({ image: base64 }));
    const input = { bytes: png, mimeType: "image/png", strength: 0.3 };
    await provider.make(specOf("a cat", { model: "@cf/black-forest-labs/flux-1-schnell", input }), context());
    expect(asked.at(-1)).toMatchObject({
      model: "@cf/stabilityai/stable-diffusion-xl-base-1.0",
      input: { image_b64: base64, strength: 0.3 },
    });
  });

  it.each([
    ["3030: NSFW prompt detected", { kind: "refused", reason: "moderated" }],
    ["5006: bad input", { kind: "refused", reason: "invalid" }],
    ["3040: out of capacity", { kind: "unavailable", delivered: "no" }],
  ])('maps the error "%s" to an outcome', async (message, expected) => {
    const provider = new WorkersAiImagesProvider(binding(new Error(message)));
    expect(await provider.make(specOf("a cat"), context())).toMatchObject(expected);
  });
});
