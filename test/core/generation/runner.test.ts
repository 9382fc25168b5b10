import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { providersOf } from "../../../src/container/providers.ts";
import { balanceOf } from "../../../src/core/credits/index.ts";
import {
  asVideoTask,
  type Breaker,
  Generator,
  type NewVideo,
  Runner,
  type Task,
  type TaskRow,
} from "../../../src/core/generation/index.ts";
import {
  chooseModel,
  type Model,
  type ProviderName,
  VIDEO_MODELS,
  type VideoModel,
  type VideoProvider,
} from "../../../src/core/providers/index.ts";
import { Outbox } from "../../../src/core/webhooks/index.ts";
import { primary } from "../../../src/platform/db/client.ts";
import { MediaStore } from "../../../src/platform/media.ts";
import { newMeter } from "../../../src/platform/meter.ts";
import type { Fakes } from "../../support/fakes/index.ts";
import { MEDIA } from "../../support/fakes/vendor.ts";

const fakes = JSON.parse(env.FAKES) as Fakes;
const vendorEnv = { ...env, ...fakes.sora.vars } as typeof env;
const vendors = providersOf(vendorEnv).video;
const db = primary(env.DB, newMeter());
const store = new MediaStore(env.MEDIA);
const MINUTE = 60_000;

/** Returns an engine with a fixed clock and a list as its queue. */
const newEngine = (
  change: { provider?: Partial<VideoProvider>; breaker?: Partial<Breaker>; bucket?: MediaStore } = {},
) => {
  const state = {
    now: Date.now(),
    wakes: [] as { id: string; delaySeconds: number }[],
    events: [] as TaskRow[],
    reports: [] as string[],
  };
  /** Changes of the configuration after a task was submitted. */
  const later: { chosen?: Model & Pick<VideoModel, "isPlain">; isOff?: boolean } = {};
  const real = vendors.get("sora");
  if (!real) throw new Error("the fake is not configured");
  const provider: VideoProvider = {
    name: "sora",
    repeatable: false,
    pollSeconds: real.pollSeconds,
    start: (...a) => real.start(...a),
    poll: (...a) => real.poll(...a),
    cancel: (...a) => real.cancel(...a),
    listModels: (...a) => real.listModels(...a),
    ...change.provider,
  };
  const breaker: Breaker = {
    permit: async () => ({ allowed: true, retryAfterMs: 0 }),
    success: async () => undefined,
    failure: async () => undefined,
    ...change.breaker,
  };
  const shared = {
    db,
    store: change.bucket ?? store,
    clock: () => state.now,
    choose: async (_kind: "image" | "video", model: string | null) =>
      later.chosen
        ? { kind: "model" as const, model: later.chosen }
        : chooseModel(VIDEO_MODELS, model, state.now, (name) => name === provider.name, false),
    publish: async (row: TaskRow) => void state.events.push(row),
    report: (event: string) => void state.reports.push(event),
  };
  const generator = new Generator({
    ...shared,
    forget: async () => undefined,
    wake: async (ids) => void state.wakes.push(...ids.map((id) => ({ id, delaySeconds: 0 }))),
  });
  const runner = new Runner({
    ...shared,
    outbox: new Outbox(db, () => undefined),
    videoProviderOf: async (name: ProviderName) => (name === "sora" && !later.isOff ? provider : undefined),
    imageProviderOf: async () => undefined,
    makeThumbnail: async () => undefined,
    breakerOf: () => breaker,
    wake: async (id, delaySeconds) => void state.wakes.push({ id, delaySeconds }),
  });
  return Object.assign(later, { state, generator, runner });
};

type Engine = ReturnType<typeof newEngine>;

let users = 0;
const newVideo = async (prompt: string, change: Partial<NewVideo> = {}): Promise<NewVideo> => {
  const userId = 500_000_000 + Math.floor(Math.random() * 100_000_000) + users++;
  await db.$client
    .prepare(
      `INSERT INTO credit_entries (uuid, user_id, amount, balance, type, description, reference, created_at)
       VALUES (?1, ?2, 50, 50, 'REWARD', '', ?1, 0)`,
    )
    .bind(crypto.randomUUID(), userId)
    .run();
  return {
    userId,
    product: "test",
    kind: "video",
    prompt: `${prompt} ${crypto.randomUUID()}`,
    params: { aspectRatio: "16:9", durationSeconds: 5, hd: false },
    ...change,
  };
};

const submitted = async ({ generator }: Engine, video: NewVideo): Promise<Task> => {
  const task = await generator.submit(video);
  if (!task.ok) throw new Error(task.error.code);
  return task.value;
};

const taskOf = async ({ generator }: Engine, { userId, id }: Pick<Task, "userId" | "id">): Promise<Task> => {
  const task = await generator.find(userId, "test", id);
  if (!task.ok) throw new Error(task.error.code);
  return task.value;
};

/** Delivers messages as they become due, until none is left or `steps` are done. */
const run = async ({ state, runner }: Engine, steps = 20): Promise<void> => {
  for (let i = 0; i < steps; i++) {
    const next = state.wakes.shift();
    if (!next) return;
    state.now += next.delaySeconds * 1_000;
    await runner.step(next.id);
  }
};

const jobsOf = async (prompt: string) => {
  const answer = await fetch(`${fakes.sora.origin}/__jobs?prompt=${encodeURIComponent(prompt)}`);
  return (await answer.json()) as { cancelled: boolean }[];
};
const objectsOf = async (id: string) =>
  (await env.MEDIA.list({ prefix: `generation/${id}/` })).objects.length;

describe("submitting", () => {
  it("charges for the options that the model supports, not for those requested", async () => {
    const hd = { aspectRatio: "16:9", durationSeconds: 5, hd: true, resolution: "1080p" } as const;
    const sharp = await submitted(newEngine(), await newVideo("sharp", { params: hd }));
    expect([sharp.cost, asVideoTask(sharp).params]).toEqual([10, hd]);
    const plain = newEngine({ provider: { name: "runway" } });
    const task = await submitted(plain, await newVideo("plain", { params: hd }));
    expect([task.cost, asVideoTask(task).params]).toEqual([5, { ...hd, hd: false, resolution: "720p" }]);
  });
});

describe("a task", () => {
  it("is started, polled, stored and completed, and its progress never decreases", async () => {
    const engine = newEngine();
    const video = await newVideo("a cat");
    const task = await submitted(engine, video);
    await run(engine);
    expect(await taskOf(engine, task)).toMatchObject({
      state: "COMPLETED",
      progress: 100,
      provider: "sora",
      model: "sora-2",
      mediaType: "video/webm",
      mediaBytes: 60_004,
      thumbnailType: "image/webp",
      wakeAt: null,
    });
    const seen = engine.state.events.map(({ progress }) => progress);
    expect(seen).toEqual([...seen].sort((a, b) => a - b));
    expect(seen).toContain(40);
    expect(await objectsOf(task.id)).toBe(2);
    expect(await jobsOf(video.prompt)).toHaveLength(1);
    expect(await balanceOf(db, video.userId)).toBe(45);
  });

  it.each([
    ["moderated", "moderated"],
    ["moderated-later instant", "moderated"],
    ["failing instant", "provider_failed"],
    ["unpaid", "provider_unavailable"],
    ["broken", "provider_unanswered"],
    ["reset", "provider_unanswered"],
    ["wrong-type instant", "provider_failed"],
    ["gone instant", "provider_failed"],
  ])("that is %s fails at once with the failure %s, and is refunded once", async (word, failure) => {
    const engine = newEngine();
    const video = await newVideo(word);
    const task = await submitted(engine, video);
    await run(engine);
    expect(await taskOf(engine, task)).toMatchObject({ state: "FAILED", failure });
    expect(await balanceOf(db, video.userId)).toBe(50);
    expect((await jobsOf(video.prompt)).length).toBeLessThanOrEqual(1);
    await engine.runner.giveUp(task.id);
    await engine.runner.step(task.id);
    expect(await balanceOf(db, video.userId)).toBe(50);
    expect(await objectsOf(task.id)).toBe(0);
  });

  it("waits as long as the vendor asks, otherwise longer each time, and finally gives up", async () => {
    const engine = newEngine();
    const video = await newVideo("busy");
    const task = await submitted(engine, video);
    const delays: number[] = [];
    for (let i = 0; i < 12 && engine.state.wakes.length > 0; i++) {
      await run(engine, 1);
      const [next] = engine.state.wakes;
      if (next) delays.push(next.delaySeconds);
    }
    expect(delays.slice(0, 6)).toEqual([7, 7, 8, 16, 32, 60]);
    expect(await taskOf(engine, task)).toMatchObject({ state: "FAILED", failure: "provider_unavailable" });
    expect(await balanceOf(db, video.userId)).toBe(50);
  });

  it("survives a vendor that is temporarily overloaded", async () => {
    let busy = 3;
    const engine = newEngine({
      provider: {
        start: async () =>
          busy-- > 0
            ? { kind: "unavailable", delivered: "no", detail: "503" }
            : { kind: "made", media: [{ bytes: new Uint8Array(MEDIA), contentType: "video/webm" }] },
      },
    });
    const task = await submitted(engine, await newVideo("later"));
    await run(engine);
    expect(await taskOf(engine, task)).toMatchObject({ state: "COMPLETED" });
  });

  it("that never ends fails at its deadline, is refunded and cancelled at the vendor", async () => {
    const engine = newEngine();
    const video = await newVideo("never");
    const task = await submitted(engine, video);
    await run(engine, 3);
    engine.state.now += 31 * MINUTE;
    await run(engine, 1);
    expect(await taskOf(engine, task)).toMatchObject({ state: "FAILED", failure: "deadline" });
    expect(await balanceOf(db, video.userId)).toBe(50);
    expect(await jobsOf(video.prompt)).toMatchObject([{ cancelled: true }]);
  });

  it("that finished before its deadline is completed, also when it is polled later", async () => {
    const engine = newEngine();
    const task = await submitted(engine, await newVideo("instant"));
    await run(engine, 1);
    engine.state.now += 60 * MINUTE;
    await run(engine, 1);
    expect(await taskOf(engine, task)).toMatchObject({ state: "COMPLETED" });
  });

  it("is downloaded again after a truncated download", async () => {
    const engine = newEngine();
    const task = await submitted(engine, await newVideo("instant truncated"));
    await run(engine, 3);
    expect(await taskOf(engine, task)).toMatchObject({ state: "PROCESSING" });
    expect(await objectsOf(task.id)).toBe(0);
    expect(engine.state.reports).toContain("generation.retry");
  });

  it.each(["empty", "half", "other-kind"])(
    'with finished media of kind "%s" is downloaded again, then failed and refunded once, without a second job',
    async (word) => {
      const engine = newEngine();
      const video = await newVideo(`${word} instant`);
      const task = await submitted(engine, video);
      await run(engine);
      expect(await taskOf(engine, task)).toMatchObject({ state: "FAILED", failure: "provider_failed" });
      expect(engine.state.reports.filter((event) => event === "generation.retry")).toHaveLength(2);
      expect(await balanceOf(db, video.userId)).toBe(50);
      expect(await jobsOf(video.prompt)).toHaveLength(1);
      engine.state.now += 10 * MINUTE;
      await engine.runner.step(task.id);
      expect(await objectsOf(task.id)).toBe(0);
    },
  );

  it("with media truncated once is completed with the whole media", async () => {
    const engine = newEngine();
    const task = await submitted(engine, await newVideo("half-once instant"));
    await run(engine);
    expect(await taskOf(engine, task)).toMatchObject({ state: "COMPLETED", mediaBytes: 60_004 });
    const object = await env.MEDIA.get(`generation/${task.id}/media`);
    expect(new Uint8Array((await object?.arrayBuffer()) ?? new ArrayBuffer())).toEqual(new Uint8Array(MEDIA));
  });

  it.each([
    ["nothing", new Uint8Array(0)],
    ["half a video", new Uint8Array(MEDIA.subarray(0, 30_000))],
    ["junk", new Uint8Array(9)],
  ])("is failed and refunded when the provider returns %s directly", async (_, bytes) => {
    const media = [{ bytes, contentType: "video/webm" }];
    const engine = newEngine({ provider: { start: async () => ({ kind: "made", media }) } });
    const video = await newVideo("made");
    const task = await submitted(engine, video);
    await run(engine);
    expect(await taskOf(engine, task)).toMatchObject({ state: "FAILED", failure: "provider_failed" });
    expect(await balanceOf(db, video.userId)).toBe(50);
  });

  it("uses the model and price of its submission, also after a change of the configuration", async () => {
    const engine = newEngine();
    const video = await newVideo("a cat");
    const task = await submitted(engine, video);
    expect(task).toMatchObject({
      state: "PENDING",
      provider: "sora",
      model: "sora-2",
      vendorModel: "sora-2",
    });
    // The model registry changes, and an administrator selects another default model.
    engine.chosen = { id: "other", provider: "runway", vendorModel: "other", aliases: [] };
    await run(engine);
    expect(await taskOf(engine, task)).toMatchObject({
      state: "COMPLETED",
      provider: "sora",
      model: "sora-2",
    });
    expect(await jobsOf(video.prompt)).toMatchObject([{ request: { model: "sora-2" } }]);
  });

  it("fails and is refunded when its provider is disabled before the start, and no other provider is used", async () => {
    const engine = newEngine();
    const video = await newVideo("a cat");
    const task = await submitted(engine, video);
    engine.isOff = true;
    engine.chosen = { id: "gen4.5", provider: "runway", vendorModel: "gen4.5", aliases: [] };
    await run(engine);
    expect(await taskOf(engine, task)).toMatchObject({
      state: "FAILED",
      failure: "provider_unavailable",
      model: "sora-2",
    });
    expect(await balanceOf(db, video.userId)).toBe(50);
    expect(await jobsOf(video.prompt)).toEqual([]);
  });

  it("without a stored model, from an earlier version, gets the model of its request, unless that makes less than was paid", async () => {
    const hd = { aspectRatio: "16:9", durationSeconds: 5, hd: true } as const;
    const forget = (id: string) =>
      env.DB.prepare("UPDATE tasks SET provider = NULL, model = NULL, vendor_model = NULL WHERE id = ?")
        .bind(id)
        .run();
    const engine = newEngine();
    const video = await newVideo("a cat");
    const task = await submitted(engine, video);
    await forget(task.id);
    await run(engine);
    expect(await taskOf(engine, task)).toMatchObject({
      state: "COMPLETED",
      provider: "sora",
      model: "sora-2",
    });
    const sharp = await newVideo("sharp", { params: hd });
    const other = await submitted(engine, sharp);
    await forget(other.id);
    engine.chosen = { id: "plain", provider: "sora", vendorModel: "sora-2", aliases: [], isPlain: true };
    await run(engine);
    expect(await taskOf(engine, other)).toMatchObject({ state: "FAILED", failure: "provider_unavailable" });
    expect(await balanceOf(db, sharp.userId)).toBe(50);
  });

  it("of an unknown model is refused without a charge", async () => {
    const engine = newEngine();
    const video = await newVideo("a cat", { model: "no-such-model" });
    expect(await engine.generator.submit(video)).toMatchObject({ error: { code: "model_unknown" } });
    expect(await balanceOf(db, video.userId)).toBe(50);
  });
});

describe("a message", () => {
  it("delivered twice concurrently starts one job", async () => {
    const engine = newEngine();
    const video = await newVideo("a cat");
    const { id } = await submitted(engine, video);
    await Promise.all(Array.from({ length: 5 }, () => engine.runner.step(id)));
    expect(await jobsOf(video.prompt)).toHaveLength(1);
  });

  it("that is lost is replaced by the generation sweep", async () => {
    const engine = newEngine();
    const task = await submitted(engine, await newVideo("instant"));
    engine.state.wakes.length = 0;
    engine.state.now += 2 * MINUTE;
    await engine.generator.sweep();
    expect(engine.state.wakes).toContainEqual({ id: task.id, delaySeconds: 0 });
    engine.state.wakes = [{ id: task.id, delaySeconds: 0 }];
    await run(engine);
    expect(await taskOf(engine, task)).toMatchObject({ state: "COMPLETED" });
  });

  it("for an unknown task does nothing", async () => {
    await newEngine().runner.step(crypto.randomUUID());
  });
});

describe("a crash", () => {
  it("after the request to the vendor does not repeat it: the task fails and is refunded", async () => {
    const video = await newVideo("a cat");
    const crashing = newEngine({
      provider: {
        start: async () => {
          throw new Error("the isolate died here");
        },
      },
    });
    const task = await submitted(crashing, video);
    await expect(crashing.runner.step(task.id)).rejects.toThrow();
    const engine = newEngine();
    await engine.runner.step(task.id);
    expect(await taskOf(engine, task)).toMatchObject({ state: "FAILED", failure: "provider_unanswered" });
    expect(await balanceOf(db, video.userId)).toBe(50);
    expect(await jobsOf(video.prompt)).toEqual([]);
  });

  it("of the consumer lets another one process the task after the lease expired", async () => {
    const engine = newEngine();
    const task = await submitted(engine, await newVideo("instant"));
    await run(engine, 1);
    await db.$client
      .prepare("UPDATE tasks SET claimed_until = ? WHERE id = ?")
      .bind(engine.state.now + 30_000, task.id)
      .run();
    await engine.runner.step(task.id);
    expect(await taskOf(engine, task)).toMatchObject({ state: "PROCESSING" });
    engine.state.now += 31_000;
    await engine.runner.step(task.id);
    expect(await taskOf(engine, task)).toMatchObject({ state: "COMPLETED" });
  });

  it("between storing the media and completing the row stores the media again", async () => {
    const failing = newEngine();
    const task = await submitted(failing, await newVideo("instant"));
    await run(failing, 1);
    await env.MEDIA.put(`generation/${task.id}/media`, "half of it");
    await run(failing);
    expect(await taskOf(failing, task)).toMatchObject({ state: "COMPLETED", mediaBytes: 60_004 });
    expect((await env.MEDIA.head(`generation/${task.id}/media`))?.size).toBe(60_004);
  });
});

describe("a cancelled task", () => {
  it("is cancelled at the vendor and stays cancelled when the vendor still finishes", async () => {
    const engine = newEngine();
    const video = await newVideo("never");
    const task = await submitted(engine, video);
    await run(engine, 1);
    await engine.generator.cancel(video.userId, "test", task.id);
    await run(engine);
    expect(await jobsOf(video.prompt)).toMatchObject([{ cancelled: true }]);
    expect(await taskOf(engine, task)).toMatchObject({ state: "CANCELLED" });
    expect(await balanceOf(db, video.userId)).toBe(50);
  });

  it("ignores a concurrent success and keeps none of its objects", async () => {
    const video = await newVideo("a cat");
    const engine: Engine = newEngine({
      provider: {
        start: async () => {
          await engine.generator.cancel(video.userId, "test", task.id);
          return { kind: "made", media: [{ bytes: new Uint8Array(MEDIA), contentType: "video/webm" }] };
        },
      },
    });
    const task = await submitted(engine, video);
    await run(engine);
    expect(await taskOf(engine, task)).toMatchObject({ state: "CANCELLED" });
    expect(await objectsOf(task.id)).toBe(0);
    expect(await balanceOf(db, video.userId)).toBe(50);
  });

  it("stops a vendor job that was being started concurrently", async () => {
    const cancelled: string[] = [];
    const video = await newVideo("a cat");
    const engine: Engine = newEngine({
      provider: {
        start: async () => {
          await engine.generator.cancel(video.userId, "test", task.id);
          return { kind: "started", job: "job-1" };
        },
        cancel: async (job) => void cancelled.push(job),
      },
    });
    const task = await submitted(engine, video);
    await run(engine);
    expect(cancelled).toEqual(["job-1"]);
  });

  it("is cleaned up with its objects once no lease can still write", async () => {
    const engine = newEngine();
    const video = await newVideo("never");
    const task = await submitted(engine, video);
    await run(engine, 1);
    await engine.generator.cancel(video.userId, "test", task.id);
    // An object that a consumer wrote before it crashed, without having seen the cancellation.
    await env.MEDIA.put(`generation/${task.id}/media`, "an orphan");
    await run(engine);
    expect(await objectsOf(task.id)).toBe(1);
    engine.state.now += 2 * MINUTE;
    await engine.runner.step(task.id);
    expect(await objectsOf(task.id)).toBe(0);
    expect(await taskOf(engine, task)).toMatchObject({ wakeAt: null });
  });
});

describe("a deleted task", () => {
  it("is removed with its objects when no consumer holds it any more", async () => {
    const engine = newEngine();
    const video = await newVideo("never");
    const task = await submitted(engine, video);
    await run(engine, 1);
    await engine.generator.remove(video.userId, "test", task.id);
    expect(await engine.generator.find(video.userId, "test", task.id)).toMatchObject({
      error: { code: "not_found" },
    });
    engine.state.now += 2 * MINUTE;
    await engine.generator.sweep();
    await run(engine);
    const row = await db.$client.prepare("SELECT id FROM tasks WHERE id = ?").bind(task.id).first();
    expect(row).toBeNull();
    expect(await balanceOf(db, video.userId)).toBe(50);
  });
});

describe("the circuit breaker", () => {
  it("delays tasks while it is open, without counting attempts", async () => {
    let open = 15;
    const engine = newEngine({
      breaker: {
        permit: async () =>
          open-- > 0 ? { allowed: false, retryAfterMs: 30_000 } : { allowed: true, retryAfterMs: 0 },
      },
    });
    const task = await submitted(engine, await newVideo("instant"));
    await run(engine, 30);
    expect(await taskOf(engine, task)).toMatchObject({ state: "COMPLETED" });
  });

  it("counts failures of the vendor, not refusals", async () => {
    const heard: string[] = [];
    const breaker = {
      success: async () => void heard.push("success"),
      failure: async () => void heard.push("failure"),
    };
    for (const prompt of ["moderated", "broken", "instant"]) {
      const engine = newEngine({ breaker });
      await submitted(engine, await newVideo(prompt));
      await run(engine, 1);
    }
    expect(heard).toEqual(["success", "failure", "success"]);
  });
});
