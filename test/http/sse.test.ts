import { describe, expect, it, vi } from "vitest";
import type { ProgressEvent } from "../../src/core/progress/index.ts";
import { progressStream } from "../../src/http/sse.ts";

const event = (version: number, terminal = false): ProgressEvent => ({
  key: "t",
  version,
  terminal,
  data: { version },
});

/** A channel in this isolate: the sockets it handed out, newest last. */
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
  it("tells how it stands, then each change, and ends with the last one", async () => {
    const channel = newChannel();
    const response = open(channel, async () => event(1));
    expect(response.headers.get("content-type")).toBe("text/event-stream; charset=utf-8");
    expect(response.headers.get("cache-control")).toContain("no-transform");
    const text = response.text();
    await pause(50);
    channel.send(event(2), event(3), event(9, true), event(10));
    expect(versionsOf(await text)).toEqual([1, 2, 3, 9]);
  });

  it("is one event where it is over already", async () => {
    expect(versionsOf(await open(newChannel(), async () => event(5, true)).text())).toEqual([5]);
  });

  it("misses nothing that happens between subscribing and reading, and says nothing twice", async () => {
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

  it("sends a comment so that nobody on the way hangs up", async () => {
    const channel = newChannel();
    const text = open(channel, async () => event(1), 20).text();
    await pause(100);
    channel.send(event(2, true));
    expect(await text).toMatch(/: keep-alive\n\n/);
  });

  it("opens another subscription where the channel broke, and reads again", async () => {
    const channel = newChannel();
    let stands = event(1);
    const text = open(channel, async () => stands, 30).text();
    await pause(20);
    channel.sockets[0]?.close(1_011, "evicted");
    stands = event(4, true);
    expect(versionsOf(await text)).toEqual([1, 4]);
    expect(channel.sockets).toHaveLength(2);
  });

  it("ends where it gave way to newer ones, and has its client wait before it comes back", async () => {
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

  it("lets go of the channel when the client goes", async () => {
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

  it("takes nothing from a channel that is no event", async () => {
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
