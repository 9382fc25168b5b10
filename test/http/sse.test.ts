import { describe, expect, it, vi } from "vitest";
import type { ProgressEvent } from "../../src/core/progress/index.ts";
import { progressStream } from "../../src/http/sse.ts";

const event = (version: number, terminal = false): ProgressEvent => ({
  key: "t",
  version,
  terminal,
  data: { version },
});

/** Returns a channel in this isolate with the sockets it accepted, newest last. */
const newChannel = () => {
  const sockets: WebSocket[] = [];
  return {
    sockets,
    subscribe: async () => {
      const { 0: client, 1: server } = new WebSocketPair();
      server.accept();
      sockets.push(server);
      return client;
    },
    send: (...events: ProgressEvent[]) => {
      for (const one of events) sockets.at(-1)?.send(JSON.stringify(one));
    },
  };
};

const open = (
  channel: ReturnType<typeof newChannel>,
  current: () => Promise<ProgressEvent | undefined>,
  keepAliveMs = 60_000,
) => progressStream({ subscribe: channel.subscribe, current, render: async ({ data }) => data, keepAliveMs });

const versionsOf = (text: string) =>
  text.split("\n").flatMap((line) => (line.startsWith("data: ") ? [JSON.parse(line.slice(6)).version] : []));

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

describe("a stream of progress", () => {
  it("sends the current state, then each change, and ends after the last one", async () => {
    const channel = newChannel();
    const response = open(channel, async () => event(1));
    expect(response.headers.get("content-type")).toBe("text/event-stream; charset=utf-8");
    expect(response.headers.get("cache-control")).toContain("no-transform");
    const text = response.text();
    await pause(50);
    channel.send(event(2), event(3), event(9, true), event(10));
    expect(versionsOf(await text)).toEqual([1, 2, 3, 9]);
  });

  it("has one event when the task has already ended", async () => {
    expect(versionsOf(await open(newChannel(), async () => event(5, true)).text())).toEqual([5]);
  });

  it("loses no event between subscription and reading, and repeats none", async () => {
    const channel = newChannel();
    const response = open(channel, async () => {
      channel.send(event(2), event(3));
      await pause(50);
      return event(2);
    });
    const text = response.text();
    await pause(150);
    channel.send(event(4, true));
    const versions = versionsOf(await text);
    expect(versions.at(-1)).toBe(4);
    expect(versions).toContain(3);
    expect(versions).toEqual([...new Set(versions)].sort((a, b) => a - b));
  });

  it("sends keep-alive comments so that proxies do not close the connection", async () => {
    const channel = newChannel();
    const text = open(channel, async () => event(1), 20).text();
    await pause(100);
    channel.send(event(2, true));
    expect(await text).toMatch(/: keep-alive\n\n/);
  });

  it("subscribes and reads again after the channel's socket broke", async () => {
    const channel = newChannel();
    let stands = event(1);
    const text = open(channel, async () => stands, 30).text();
    await pause(20);
    channel.sockets[0]?.close(1_011, "evicted");
    stands = event(4, true);
    expect(versionsOf(await text)).toEqual([1, 4]);
    expect(channel.sockets).toHaveLength(2);
  });

  it("ends in favour of newer streams, with a retry delay for the client", async () => {
    const waits: number[] = [];
    for (let i = 0; i < 5; i++) {
      const channel = newChannel();
      const text = open(channel, async () => event(1)).text();
      await vi.waitFor(() => expect(channel.sockets).toHaveLength(1));
      channel.send(event(2));
      channel.sockets[0]?.close(4_429, "too many");
      expect(versionsOf(await text)).toEqual([1, 2]);
      waits.push(Number(/^retry: (\d+)\n\n$/m.exec(await text)?.[1]));
    }
    for (const ms of waits) expect(ms >= 30_000 && ms <= 60_000).toBe(true);
    expect(new Set(waits).size).toBeGreaterThan(1);
  });

  it("closes its subscription when the client disconnects", async () => {
    const channel = newChannel();
    let closed = false;
    const response = open(channel, async () => event(1));
    await pause(20);
    channel.sockets[0]?.addEventListener("close", () => {
      closed = true;
    });
    await response.body?.cancel();
    await pause(50);
    expect(closed).toBe(true);
  });

  it("ignores channel messages that are not events", async () => {
    const channel = newChannel();
    const text = open(channel, async () => event(1)).text();
    await pause(20);
    channel.sockets[0]?.send("pong");
    channel.sockets[0]?.send("{");
    channel.sockets[0]?.send(JSON.stringify({ version: 5 }));
    channel.send(event(2, true));
    expect(versionsOf(await text)).toEqual([1, 2]);
  });
});
