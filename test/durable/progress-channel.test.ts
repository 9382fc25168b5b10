import { runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { describe, expect, it, vi } from "vitest";
import type { ProgressEvent } from "../../src/core/progress/index.ts";

const newChannel = () => env.PROGRESS.get(env.PROGRESS.idFromName(`task:${crypto.randomUUID()}`));
type Channel = ReturnType<typeof newChannel>;

const event = (version: number, change: Partial<ProgressEvent> = {}): ProgressEvent => ({
  key: "task-1",
  version,
  terminal: false,
  data: { progress: version },
  ...change,
});

interface Subscriber {
  readonly socket: WebSocket;
  readonly versions: number[];
  readonly closed: { code?: number };
}

const subscribe = async (channel: Channel, tag?: string): Promise<Subscriber> => {
  const url = `http://progress/${tag === undefined ? "" : `?tag=${tag}`}`;
  const { webSocket } = await channel.fetch(url, { headers: { upgrade: "websocket" } });
  if (!webSocket) throw new Error("no socket");
  const subscriber: Subscriber = { socket: webSocket, versions: [], closed: {} };
  webSocket.addEventListener("message", ({ data }) => {
    if (data !== "pong") subscriber.versions.push((JSON.parse(String(data)) as ProgressEvent).version);
  });
  webSocket.addEventListener("close", ({ code }) => {
    subscriber.closed.code = code;
  });
  webSocket.accept();
  return subscriber;
};

const until = (holds: () => boolean) => vi.waitFor(() => expect(holds()).toBe(true), { timeout: 5_000 });

describe("a progress channel", () => {
  it("sends every change to each of 50 subscribers, in order", async () => {
    const channel = newChannel();
    const subscribers = await Promise.all(Array.from({ length: 50 }, () => subscribe(channel)));
    for (let version = 1; version <= 20; version++) await channel.publish(event(version));
    const all = Array.from({ length: 20 }, (_, i) => i + 1);
    await until(() => subscribers.every(({ versions }) => versions.length === 20));
    for (const { versions } of subscribers) expect(versions).toEqual(all);
  });

  it("sends the last state of each key to a new subscriber", async () => {
    const channel = newChannel();
    await channel.publish(event(1));
    await channel.publish(event(5));
    await channel.publish(event(2, { key: "task-2" }));
    const late = await subscribe(channel);
    await until(() => late.versions.length === 2);
    expect(late.versions).toEqual([5, 2]);
  });

  it("drops events that are older, repeated, or after the end", async () => {
    const channel = newChannel();
    const subscriber = await subscribe(channel);
    for (const version of [3, 1, 3, 2, 4]) await channel.publish(event(version));
    await channel.publish(event(9, { terminal: true }));
    await channel.publish(event(10));
    await channel.publish(event(1, { key: "another" }));
    await until(() => subscriber.versions.length === 4);
    expect(subscriber.versions).toEqual([3, 4, 9, 1]);
  });

  it("is not disturbed by subscribers that disconnect or send junk", async () => {
    const channel = newChannel();
    const [gone, rude, there] = await Promise.all([
      subscribe(channel),
      subscribe(channel),
      subscribe(channel),
    ]);
    gone.socket.close(1_000, "bye");
    rude.socket.send("x".repeat(10_000));
    rude.socket.close();
    await channel.publish(event(1));
    await until(() => there.versions.length === 1);
  });

  it("answers a ping without waking the object", async () => {
    const channel = newChannel();
    const { webSocket } = await channel.fetch("http://progress/", { headers: { upgrade: "websocket" } });
    const answers: unknown[] = [];
    webSocket?.addEventListener("message", ({ data }) => answers.push(data));
    webSocket?.accept();
    webSocket?.send("ping");
    await until(() => answers.length === 1);
    expect(answers).toEqual(["pong"]);
  });

  it("remembers its last state through an eviction", async () => {
    const channel = newChannel();
    await channel.publish(event(7));
    await runInDurableObject(channel, (instance) => {
      (instance as unknown as { kept: undefined }).kept = undefined;
    });
    await channel.publish(event(6));
    const late = await subscribe(channel);
    await until(() => late.versions.length === 1);
    expect(late.versions).toEqual([7]);
  });

  it("deletes tasks some time after their end, and finally everything", async () => {
    const channel = newChannel();
    await channel.publish(event(1, { terminal: true }));
    vi.useFakeTimers({ now: Date.now() + 11 * 60_000, toFake: ["Date"] });
    try {
      expect(await runDurableObjectAlarm(channel)).toBe(true);
    } finally {
      vi.useRealTimers();
    }
    const stored = await runInDurableObject(channel, (_, state) => [...state.storage.kv.list()].length);
    expect(stored).toBe(0);
  });

  it("closes the subscriptions of a tag, including one that arrives shortly after, and no other", async () => {
    const channel = newChannel();
    const ended = await Promise.all([subscribe(channel, "one"), subscribe(channel, "one")]);
    const other = await subscribe(channel, "two");
    await channel.end(4_401, "signed out", ["one"]);
    const late = await subscribe(channel, "one");
    await until(() => [...ended, late].every(({ closed }) => closed.code === 4_401));
    await channel.publish(event(1));
    await until(() => other.versions.length === 1);
    expect(late.versions).toEqual([]);
  });

  it("deletes the ended tags after some time", async () => {
    const channel = newChannel();
    await channel.end(4_401, "signed out", ["one"]);
    vi.useFakeTimers({ now: Date.now() + 11 * 60_000, toFake: ["Date"] });
    try {
      expect(await runDurableObjectAlarm(channel)).toBe(true);
    } finally {
      vi.useRealTimers();
    }
    const stored = await runInDurableObject(channel, (_, state) => [...state.storage.kv.list()].length);
    expect(stored).toBe(0);
  });

  it("closes the oldest subscription when one more than 50 is opened, and no other", async () => {
    const channel = newChannel();
    const all: Subscriber[] = [];
    for (let i = 0; i < 50; i++) all.push(await subscribe(channel, `session-${i % 3}`));
    expect(all.filter(({ closed }) => closed.code !== undefined)).toEqual([]);
    // As after hibernation, only the sockets themselves tell which one is the oldest.
    await runInDurableObject(channel, (instance) => {
      (instance as unknown as { kept: undefined }).kept = undefined;
    });
    for (let i = 0; i < 2; i++) all.push(await subscribe(channel));
    await until(() => all.slice(0, 2).every(({ closed }) => closed.code === 4_429));
    await channel.publish(event(1));
    const rest = all.slice(2);
    await until(() => rest.every(({ versions }) => versions.length === 1));
    expect(rest.filter(({ closed }) => closed.code !== undefined)).toEqual([]);
    expect(all.slice(0, 2).flatMap(({ versions }) => versions)).toEqual([]);
  });

  it("closes none when earlier ones have ended, or when the new one ends at once", async () => {
    const channel = newChannel();
    const all = await Promise.all(Array.from({ length: 49 }, () => subscribe(channel)));
    const leaving = await subscribe(channel, "leaving");
    await channel.end(4_401, "signed out", ["leaving"]);
    await until(() => leaving.closed.code === 4_401);
    const late = await subscribe(channel, "leaving");
    all.push(await subscribe(channel));
    await until(() => late.closed.code === 4_401);
    await channel.publish(event(1));
    await until(() => all.every(({ versions }) => versions.length === 1));
    expect(all.filter(({ closed }) => closed.code !== undefined)).toEqual([]);
  });

  it("sends a new subscriber nothing of a removed task, and other tasks as usual", async () => {
    const channel = newChannel();
    await channel.publish(event(1));
    await channel.publish(event(2, { terminal: true }));
    await channel.publish(event(7, { key: "task-2" }));
    await channel.forget("task-1");
    const late = await subscribe(channel);
    await until(() => late.versions.length === 1);
    expect(late.versions).toEqual([7]);
    const stored = await runInDurableObject(channel, (_, state) =>
      [...state.storage.kv.list()].map(([key]) => key).filter((key) => key.includes("task-1")),
    );
    expect(stored).toEqual([]);
  });

  it("answers 426 to requests without an upgrade", async () => {
    expect((await newChannel().fetch("http://progress/")).status).toBe(426);
  });

  it("ignores an invalid event", async () => {
    const channel = newChannel();
    await channel.publish({ key: "" } as never);
    await channel.publish(event(1));
    const late = await subscribe(channel);
    await until(() => late.versions.length === 1);
  });
});
