import { env } from "cloudflare:workers";
import { afterEach, describe, expect, it, vi } from "vitest";
import { providersOf } from "../../../src/container/providers.ts";
import { openMedia } from "../../../src/core/providers/adapters/http.ts";
import type { VideoProvider, VideoSpec } from "../../../src/core/providers/index.ts";
import type { Fakes } from "../../support/fakes/index.ts";

const fakes = JSON.parse(env.FAKES) as Fakes;
const vendorEnv = {
  ...env,
  ...fakes.sora.vars,
  ...fakes.veo.vars,
  ...fakes.runway.vars,
} as typeof env;
const providers = providersOf(vendorEnv).video;

const MODELS = [
  ["sora", "sora-2"],
  ["veo", "veo-3.1-generate-preview"],
  ["veo", "gemini-omni-1.1-flash"],
  ["runway", "gen4.5"],
] as const;

const providerOf = (name: "sora" | "veo" | "runway"): VideoProvider => {
  const provider = providers.get(name);
  if (!provider) throw new Error(`${name} is not configured`);
  return provider;
};

const context = (timeoutMs = 5_000) => ({ signal: AbortSignal.timeout(timeoutMs), report: async () => true });

const specOf = (model: string, prompt: string, change: Partial<VideoSpec> = {}): VideoSpec => ({
  taskId: crypto.randomUUID(),
  model,
  prompt,
  aspectRatio: "16:9",
  durationSeconds: 5,
  hd: false,
  ...change,
});

const unique = (words: string) => `${words} ${crypto.randomUUID()}`;

const jobsOf = async (name: keyof Fakes, prompt: string) => {
  const url = `${fakes[name].origin}/__jobs?prompt=${encodeURIComponent(prompt)}`;
  return (await (await fetch(url)).json()) as { cancelled: boolean; request: Record<string, unknown> }[];
};

describe.each(MODELS)("%s with %s", (name, model) => {
  const provider = providerOf(name);

  const start = (prompt: string, change?: Partial<VideoSpec>, timeoutMs?: number) =>
    provider.start(specOf(model, prompt, change), context(timeoutMs));

  const startedJob = async (prompt: string): Promise<string> => {
    const outcome = await start(prompt);
    if (outcome.kind !== "started") throw new Error(JSON.stringify(outcome));
    return outcome.job;
  };

  /** Polls until the job is no longer running. */
  const settled = async (job: string) => {
    for (let i = 0; i < 5; i++) {
      const outcome = await provider.poll(job, context());
      if (outcome.kind !== "running") return outcome;
    }
    throw new Error("it never ends");
  };

  it("makes a video and returns its bytes", async () => {
    const job = await startedJob(unique("a cat"));
    const progress = [];
    for (let i = 0; i < 2; i++) {
      const outcome = await provider.poll(job, context());
      expect(outcome.kind).toBe("running");
      if (outcome.kind === "running" && outcome.progress !== undefined) progress.push(outcome.progress);
    }
    for (const value of progress) expect(value).toBeGreaterThanOrEqual(0);
    const outcome = await settled(job);
    if (outcome.kind !== "finished") throw new Error(JSON.stringify(outcome));
    const media = await outcome.media.open(AbortSignal.timeout(5_000));
    if ("kind" in media) throw new Error(media.detail);
    expect(media).toMatchObject({ contentType: "video/webm", contentLength: 60_004 });
    expect((await new Response(media.body).arrayBuffer()).byteLength).toBe(60_004);
  });

  it("sends all options in the vendor's format", async () => {
    const image = { bytes: new Uint8Array([1, 2, 3]), mimeType: "image/png" };
    for (const change of [
      { aspectRatio: "9:16", durationSeconds: 1 },
      { aspectRatio: "1:1", durationSeconds: 60 },
      { hd: true, durationSeconds: 10, seed: 42, negativePrompt: "no dogs" },
      { image },
    ] as const)
      expect(await start(unique("instant"), change)).toMatchObject({ kind: "started" });
  });

  it.each([
    ["moderated", { kind: "refused", reason: "moderated" }],
    ["unpaid", { kind: "refused", reason: "provider_account" }],
    ["busy", { kind: "unavailable", delivered: "no", retryAfterSeconds: 7 }],
    ["overloaded", { kind: "unavailable", delivered: "no" }],
    ["unreachable", { kind: "unavailable", delivered: "no" }],
    ["broken", { kind: "unavailable", delivered: "unknown" }],
    ["reset", { kind: "unavailable", delivered: "unknown" }],
    ["garbled", { kind: "unavailable", delivered: "unknown" }],
  ])('maps the failed create "%s" to an outcome', async (word, expected) => {
    expect(await start(unique(word))).toMatchObject(expected);
  });

  it("reports an unknown delivery when the create gets no answer", async () => {
    expect(await start(unique("slow"), {}, 300)).toMatchObject({ kind: "unavailable", delivered: "unknown" });
  });

  it.each([
    ["moderated-later", { kind: "refused", reason: "moderated" }],
    ["failing", { kind: "refused", reason: "provider_failed" }],
  ])('maps the failed job "%s" to an outcome', async (word, expected) => {
    expect(await settled(await startedJob(unique(word)))).toMatchObject(expected);
  });

  it("gives up a job that the vendor no longer knows", async () => {
    const job = (await startedJob(unique("instant"))).replace(/\d+$/, "999999");
    expect(await provider.poll(job, context())).toMatchObject({ kind: "refused", reason: "provider_failed" });
  });

  it("can poll again after an aborted poll", async () => {
    const job = await startedJob(unique("instant"));
    expect(await provider.poll(job, { ...context(), signal: AbortSignal.abort() })).toMatchObject({
      kind: "unavailable",
      delivered: "no",
    });
    expect(await provider.poll(job, context())).toMatchObject({ kind: "finished" });
  });

  it("detects a truncated download", async () => {
    const outcome = await settled(await startedJob(unique("instant truncated")));
    if (outcome.kind !== "finished") throw new Error(JSON.stringify(outcome));
    const media = await outcome.media.open(AbortSignal.timeout(5_000));
    if ("kind" in media) throw new Error(media.detail);
    await expect(new Response(media.body).arrayBuffer()).rejects.toThrow();
  });

  it("detects missing media", async () => {
    const outcome = await settled(await startedJob(unique("instant gone")));
    if (outcome.kind !== "finished") throw new Error(JSON.stringify(outcome));
    expect(await outcome.media.open(AbortSignal.timeout(5_000))).toMatchObject({ kind: "refused" });
  });

  it("cancels the job at the vendor when the vendor can cancel", async () => {
    const prompt = unique("never");
    await provider.cancel(await startedJob(prompt), context());
    const [job] = await jobsOf(name, prompt);
    // Veo's operations cannot be cancelled.
    expect(job?.cancelled).toBe(model !== "veo-3.1-generate-preview");
  });

  it("never throws for an unreachable vendor", async () => {
    const Class = provider.constructor as new (config: { baseUrl: string; apiKey: string }) => VideoProvider;
    const unreachable = new Class({ baseUrl: "http://127.0.0.1:9", apiKey: "x" });
    expect(await unreachable.start(specOf(model, "a cat"), context())).toMatchObject({
      kind: "unavailable",
      delivered: "unknown",
    });
    await unreachable.cancel(await startedJob(unique("instant")), context());
    expect(await unreachable.listModels(context())).toBeUndefined();
  });
});

describe("keys", () => {
  it("of Google are sent only to Google, not along a redirect", async () => {
    const provider = providerOf("veo");
    const started = await provider.start(
      specOf("veo-3.1-generate-preview", unique("instant redirected")),
      context(),
    );
    if (started.kind !== "started") throw new Error(JSON.stringify(started));
    const outcome = await provider.poll(started.job, context());
    if (outcome.kind !== "finished") throw new Error(JSON.stringify(outcome));
    // The fake store has no https, and media outside the vendor's origin are opened only over https.
    expect(await outcome.media.open(AbortSignal.timeout(5_000))).toMatchObject({ kind: "refused" });
    const files = (await (await fetch(`${fakes.veo.origin}/__files`)).json()) as {
      path: string;
      key?: string;
    }[];
    expect(files.filter(({ path }) => path.startsWith("store"))).toEqual([]);
  });

  it("that are wrong are reported as a problem of our account", async () => {
    const provider = providerOf("sora");
    const Class = provider.constructor as new (config: { baseUrl: string; apiKey: string }) => VideoProvider;
    const wrong = new Class({ baseUrl: fakes.sora.origin, apiKey: "wrong" });
    expect(await wrong.start(specOf("sora-2", "a cat"), context())).toMatchObject({
      reason: "provider_account",
    });
  });
});

describe("finished media of a built-in provider", () => {
  const config = { baseUrl: "https://api.vendor.example.com", apiKey: "key" };
  afterEach(() => void vi.restoreAllMocks());

  /**
   * Returns the URLs that are fetched when a vendor returns the first address and each address redirects to the next.
   */
  const opened = async (...addresses: string[]) => {
    const fetched: string[] = [];
    vi.spyOn(globalThis, "fetch").mockImplementation(async (input) => {
      fetched.push(String(input));
      const next = addresses[fetched.length];
      return next === undefined
        ? new Response("bytes")
        : new Response(null, { status: 302, headers: { location: next } });
    });
    const { kind } = {
      kind: "opened",
      ...(await openMedia(addresses[0] ?? "", config, {}, context().signal)),
    };
    return { kind, fetched };
  };

  const PUBLIC = "https://store.example.com/video.mp4";

  it("are fetched from the public internet and from the vendor", async () => {
    expect(await opened(PUBLIC)).toEqual({ kind: "opened", fetched: [PUBLIC] });
    expect((await opened("/v1/files/1", PUBLIC)).kind).toBe("opened");
  });

  it.each([
    "http://store.example.com/video.mp4",
    "https://169.254.169.254/latest/meta-data",
    "https://168.63.129.16/machine",
    "https://[::127.0.0.1]/",
    "https://kubernetes.default.svc/api",
    "https://127.0.0.1:8787/admin",
    "https://local.gd/",
  ])("are not fetched from %s, nor after a redirect to it", async (address) => {
    expect(await opened(address)).toEqual({ kind: "refused", fetched: [] });
    expect(await opened(PUBLIC, address)).toEqual({ kind: "refused", fetched: [PUBLIC] });
  });
});

describe("details of single vendors", () => {
  it("Omni's video may be part of the answer", async () => {
    const provider = providerOf("veo");
    const started = await provider.start(
      specOf("gemini-omni-1.1-flash", unique("instant inline")),
      context(),
    );
    if (started.kind !== "started") throw new Error(JSON.stringify(started));
    const outcome = await provider.poll(started.job, context());
    if (outcome.kind !== "finished") throw new Error(JSON.stringify(outcome));
    const media = await outcome.media.open(AbortSignal.timeout(5_000));
    expect(media).toMatchObject({ contentType: "video/webm", contentLength: 60_004 });
  });

  it("Runway's prompt is truncated between two characters", async () => {
    const tag = crypto.randomUUID();
    const prompt = `${tag}${"x".repeat(999 - tag.length)}😀 and more`;
    expect(await providerOf("runway").start(specOf("gen4.5", prompt), context())).toMatchObject({
      kind: "started",
    });
    const [job] = await jobsOf("runway", tag);
    expect(job?.request.promptText).toHaveLength(999);
  });

  it("models are listed when the vendor supports it", async () => {
    expect(await providerOf("sora").listModels(context())).toContain("sora-2");
    expect(await providerOf("veo").listModels(context())).toContain("gemini-omni-1.1-flash");
    expect(await providerOf("runway").listModels(context())).toBeUndefined();
  });
});
