import { createExecutionContext, createMessageBatch, getQueueResult } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { describe, expect, it, vi } from "vitest";
import worker from "../src/worker.ts";
import { insertTracks } from "./support/audio.ts";
import type { Fakes } from "./support/fakes/index.ts";
import { eventually, requestJson } from "./support/http.ts";
import { as, newUser, type SoraUser } from "./support/sora.ts";

const deliver = async (queue: string, bodies: unknown[]) => {
  const messages = bodies.map((body, i) => ({ id: String(i), timestamp: new Date(), attempts: 1, body }));
  const batch = createMessageBatch(queue, messages);
  const ctx = createExecutionContext();
  await worker.queue(batch, env, ctx);
  return getQueueResult(batch, ctx);
};

/** Inserts a task without a queue message, as if the message was lost. */
const newTask = async (user: SoraUser): Promise<string> => {
  const id = crypto.randomUUID();
  await env.DB.batch([
    env.DB.prepare(
      `INSERT INTO tasks (id, user_id, product, kind, prompt, params, state, cost, wake_at, deadline_at, created_at, updated_at)
       SELECT ?1, id, 'sora', 'video', 'p', '{"aspectRatio":"16:9","durationSeconds":1,"hd":false}', 'PENDING', 5, ?2, ?3, ?2, ?2
       FROM users WHERE uuid = ?4`,
    ).bind(id, Date.now() - 1, Date.now() + 1_800_000, user.id),
    env.DB.prepare(
      `INSERT INTO credit_entries (uuid, user_id, amount, balance, type, description, reference, created_at)
       SELECT ?1, id, -5, 45, 'CONSUME', '', ?2, 0 FROM users WHERE uuid = ?3`,
    ).bind(crypto.randomUUID(), `task:${id}`, user.id),
  ]);
  return id;
};

const statusOf = async (user: SoraUser, id: string) =>
  (await requestJson<{ status: string }>(`/api/videos/${id}`, as(user))).body.status;
const balanceOf = async (user: SoraUser) =>
  (await requestJson<{ balance: number }>("/api/credits/balance", as(user))).body.balance;

describe("the generation queue", () => {
  it("processes a step of each task and acknowledges messages individually", async () => {
    const user = await newUser();
    const ids = [await newTask(user), crypto.randomUUID()];
    const result = await deliver("generation", [
      ...ids.map((id) => ({ kind: "task", id })),
      { kind: "nonsense" },
    ]);
    expect(result.explicitAcks.sort()).toEqual(["0", "1"]);
    expect(result.retryMessages.map(({ msgId }) => msgId)).toEqual(["2"]);
    expect(await statusOf(user, ids[0] ?? "")).toBe("COMPLETED");
  });

  it("fails and refunds tasks from the dead-letter queue, once", async () => {
    const user = await newUser();
    const id = await newTask(user);
    for (let i = 0; i < 2; i++) {
      const result = await deliver("generation-dead", [{ kind: "task", id }]);
      expect(result.explicitAcks).toEqual(["0"]);
    }
    expect(await statusOf(user, id)).toBe("FAILED");
    expect(await balanceOf(user)).toBe(50);
  });

  it("throws for an unknown queue name", async () => {
    await expect(async () => deliver("no-such-queue", [{}])).rejects.toThrow();
  });
});

describe("the audio queue", () => {
  const newAudio = async (user: SoraUser): Promise<string> => {
    const [id = ""] = await insertTracks(user.id, [{ title: "its file is away" }]);
    await env.DB.prepare("UPDATE audio_tracks SET status = 'processing' WHERE id = ?").bind(id).run();
    return id;
  };

  it("delays the retry longer after each failure to read a track's file", async () => {
    const user = await newUser();
    for (const [attempt, delaySeconds] of [30, 120, 600, 3_600].entries()) {
      const retry = vi.fn();
      const body = { kind: "track", id: await newAudio(user) };
      const message = { id: "0", timestamp: new Date(), attempts: attempt + 1, body, ack: vi.fn(), retry };
      const batch = { queue: "audio", messages: [message] } as unknown as MessageBatch;
      await worker.queue(batch, env, createExecutionContext());
      expect(retry.mock.calls).toEqual([[{ delaySeconds }]]);
      expect(message.ack).not.toHaveBeenCalled();
    }
  });
});

describe("the cron", () => {
  const tick = async (at = Date.now(), settings = env) => {
    const ctx = createExecutionContext();
    await worker.scheduled({ scheduledTime: at, cron: "* * * * *", noRetry: () => undefined }, settings, ctx);
  };

  it("sends a new message for a task when its message was lost", async () => {
    const user = await newUser();
    const id = await newTask(user);
    await tick();
    expect(await eventually(async () => (await statusOf(user, id)) === "COMPLETED")).toBe(true);
  });

  it("runs the other jobs when one fails, and logs its name", async () => {
    const user = await newUser();
    const id = await newTask(user);
    const said = vi.spyOn(console, "error").mockImplementation(() => undefined);
    await env.DB.exec("ALTER TABLE orders RENAME TO orders_away");
    try {
      await tick();
    } finally {
      await env.DB.exec("ALTER TABLE orders_away RENAME TO orders");
    }
    expect(said.mock.calls.flat().join()).toContain('"chore":"orders"');
    said.mockRestore();
    expect(await eventually(async () => (await statusOf(user, id)) === "COMPLETED")).toBe(true);
  });

  it("warns once a day about models that their provider does not list", async () => {
    const { veo } = JSON.parse(env.FAKES) as Fakes;
    const said = vi.spyOn(console, "log").mockImplementation(() => undefined);
    const lines = () => said.mock.calls.flat().join("\n");
    await tick(Date.parse("2026-11-22T00:01:20Z"), { ...env, ...veo.vars } as typeof env);
    expect(lines()).not.toContain("models.audit");
    await tick(Date.parse("2026-11-22T00:00:20Z"), { ...env, ...veo.vars } as typeof env);
    expect(lines()).toMatch(/"models\.audit".*"model":"veo-3\.1-fast","problem":"not_listed"/);
    expect(lines()).not.toContain('"model":"gemini-omni"');
    said.mockRestore();
  });
});
