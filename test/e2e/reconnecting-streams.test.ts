import { fetchEventSource } from "@microsoft/fetch-event-source";
import { createEventSource, type EventSourceMessage } from "eventsource-client";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { type CuttingProxy, startCuttingProxy } from "../support/cutting-proxy.ts";
import { startOpenAiApi } from "../support/fakes/openai-api.ts";
import { startServer, type TestServer } from "../support/server.ts";

/** Published SSE clients, on connections that a proxy cuts. */
let server: TestServer;
let openai: Awaited<ReturnType<typeof startOpenAiApi>>;
let proxy: CuttingProxy | undefined;

beforeAll(async () => {
  openai = await startOpenAiApi();
  server = await startServer({ vars: openai.vars });
  // `fetch-event-source` expects the globals of a page.
  Object.assign(globalThis, { window: globalThis, document: new EventTarget() });
}, 120_000);

afterEach(async () => {
  await proxy?.close();
  proxy = undefined;
});

afterAll(async () => {
  await server?.stop();
  openai?.stop();
});

let accounts = 0;
const newToken = async (): Promise<string> => {
  const username = `reader${++accounts}`;
  const identity = { email: `${username}@example.com`, username, password: "a long password" };
  const answer = await fetch(`${server.origin}/api/auth/register`, {
    method: "POST",
    // Registrations are limited per IP address.
    headers: { "content-type": "application/json", "cf-connecting-ip": `198.51.100.${accounts}` },
    body: JSON.stringify(identity),
  });
  if (answer.status !== 201) throw new Error(await answer.text());
  return ((await answer.json()) as { accessToken: string }).accessToken;
};

const get = async <T>(path: string, token: string): Promise<T> =>
  (await (await fetch(server.origin + path, { headers: { authorization: `Bearer ${token}` } })).json()) as T;

interface Reading {
  readonly url: string;
  readonly token: string;
  readonly body: unknown;
}

const initOf = ({ token, body }: Reading) => ({
  method: "POST",
  headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
  body: JSON.stringify(body),
});

/** Returns all events that `eventsource-client` receives with its defaults, until it stops by itself. */
const withEventsourceClient = (reading: Reading): Promise<string[]> =>
  new Promise((resolve) => {
    const heard: string[] = [];
    const client = createEventSource({
      url: reading.url,
      ...initOf(reading),
      onMessage: ({ data }: EventSourceMessage) => void heard.push(data),
      // The callback runs before the client closes itself.
      onDisconnect: () => setTimeout(() => client.readyState === "closed" && resolve(heard), 0),
    });
  });

/** Does the same with `fetch-event-source`, which stops after the first answer that ends regularly. */
const withFetchEventSource = async (reading: Reading): Promise<string[]> => {
  const heard: string[] = [];
  await fetchEventSource(reading.url, {
    ...initOf(reading),
    openWhenHidden: true,
    fetch,
    onmessage: ({ data }) => void heard.push(data),
  });
  return heard;
};

const CLIENTS = [
  ["eventsource-client", withEventsourceClient],
  ["fetch-event-source", withFetchEventSource],
] as const;

describe.each(CLIENTS)("%s", (_, read) => {
  it("buys one video over a cut connection, receives every state, and stops", async () => {
    const token = await newToken();
    proxy = await startCuttingProxy(server.port, [900, 2_000], { of: "answers" });
    const heard = await read({
      url: `${proxy.origin}/api/videos/generate-stream`,
      token,
      body: { prompt: "一只可爱的小猫在草地上玩耍", duration: 8 },
    });
    expect(proxy.cuts()).toBe(2);
    const events = heard.map((data) => JSON.parse(data) as { id: string; status: string; progress: number });
    expect([...new Set(events.map(({ status }) => status))]).toEqual(["PENDING", "PROCESSING", "COMPLETED"]);
    const progress = events.map((event) => event.progress);
    expect(progress).toEqual([...progress].sort((a, b) => a - b));
    expect(new Set(events.map(({ id }) => id)).size).toBe(1);
    const { data } = await get<{ data: unknown[] }>("/api/videos", token);
    expect(data).toHaveLength(1);
    expect((await get<{ balance: number }>("/api/credits/balance", token)).balance).toBe(42);
  });

  it("sends one message to the assistant over a cut connection, and its provider is stopped on abort", async () => {
    const token = await newToken();
    const word = crypto.randomUUID();
    proxy = await startCuttingProxy(server.port, [3_000], { of: "answers" });
    const heard = await read({
      url: `${proxy.origin}/api/v1/assistant/chat`,
      token,
      body: { message: `endless ${word}` },
    });
    const events = heard.map(
      (data) => JSON.parse(data) as { type: string; content?: string; conversationId?: string },
    );
    expect(events.at(-1)).toEqual({ type: "done", conversationId: expect.any(String) });
    const said = events.map(({ content = "" }) => content).join("");
    const { data } = await get<{ data: { messages: { role: string; content: string }[] } }>(
      `/api/v1/assistant/conversations/${events.at(-1)?.conversationId}`,
      token,
    );
    expect(data.messages.map(({ role }) => role)).toEqual(["user", "assistant"]);
    expect(said).toBe(data.messages[1]?.content);
    const { chats } = (await (await fetch(`${openai.origin}/__chats`)).json()) as {
      chats: { request: unknown; closed: boolean }[];
    };
    const mine = chats.filter(({ request }) => JSON.stringify(request).includes(word));
    expect(mine.map(({ closed }) => closed)).toEqual([true]);
  });
});
