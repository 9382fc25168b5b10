import { createExecutionContext, waitOnExecutionContext } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { handle } from "../../src/app.ts";
import type { Fakes } from "../support/fakes/index.ts";
import { eventually, request } from "../support/http.ts";
import { as, call, newStudioUser, type StudioUser } from "../support/studio.ts";

const fakes = JSON.parse(env.FAKES) as Fakes;

type ChatEvent =
  | { type: "token"; content: string }
  | { type: "done"; conversationId: string }
  | { type: "error"; message: string; conversationId: string };

/** Returns the events of a stream. The empty token at its beginning is left out, because it only carries an id. */
const eventsOf = (text: string): ChatEvent[] =>
  text
    .split("\n")
    .filter((line) => line.startsWith("data: "))
    .map((line) => JSON.parse(line.slice(6)) as ChatEvent)
    .filter((event) => event.type !== "token" || event.content !== "");

const idsOf = (text: string): string[] =>
  text.split("\n").flatMap((line) => (line.startsWith("id: ") ? [line.slice(4)] : []));

const chat = async (user: StudioUser, message: string, conversationId?: string) => {
  const response = await request("/api/v1/assistant/chat", as(user, "POST", { message, conversationId }));
  const events = eventsOf(await response.text());
  const last = events.at(-1);
  const said = events.map((event) => (event.type === "token" ? event.content : "")).join("");
  return { response, events, said, id: last && "conversationId" in last ? last.conversationId : "" };
};

interface ConversationWire {
  readonly id: string;
  readonly title: string;
  readonly messages: { id: number; role: string; content: string; status: string; model?: string }[];
  readonly hasMore: boolean;
}

const read = async (user: StudioUser, id: string, query = "") =>
  (await call<ConversationWire>(`/assistant/conversations/${id}${query}`, as(user))).data;

describe("a chat", () => {
  it("is a stream of events in the documented format", async () => {
    const user = await newStudioUser();
    const { response, events, said, id } = await chat(user, "画一只橘猫");
    expect(response.status).toBe(200);
    expect(response.headers.get("content-type")).toContain("text/event-stream");
    expect(response.headers.get("cache-control")).toContain("no-transform");
    expect(events.slice(0, -1).every(({ type }) => type === "token")).toBe(true);
    expect(events.at(-1)).toEqual({ type: "done", conversationId: id });
    expect(said).toContain("橘猫");
    const { title, messages, hasMore } = await read(user, id);
    expect({ title, hasMore }).toEqual({ title: "画一只橘猫", hasMore: false });
    expect(messages).toMatchObject([
      { role: "user", content: "画一只橘猫", status: "complete" },
      { role: "assistant", content: said, status: "complete", model: "sandbox" },
    ]);
  });

  it("continues the caller's own conversation and no other", async () => {
    const [user, other] = [await newStudioUser(), await newStudioUser()];
    const first = await chat(user, "一座山");
    const second = await chat(user, "再来一版", first.id);
    expect(second.id).toBe(first.id);
    expect((await read(user, first.id)).messages).toHaveLength(4);
    const foreign = await call(
      "/assistant/chat",
      as(other, "POST", { message: "hi", conversationId: first.id }),
    );
    expect(foreign.status).toBe(404);
    expect((await read(user, first.id)).messages).toHaveLength(4);
  });

  it.each([
    [{}],
    [{ message: " " }],
    [{ message: "x".repeat(8_001) }],
    [{ message: "x", conversationId: "1" }],
  ])("refuses %j", async (body) => {
    const user = await newStudioUser();
    expect((await call("/assistant/chat", as(user, "POST", body))).status).toBe(400);
  });

  const withOpenAi = async (user: StudioUser, message: string) => {
    const settings = { ...env, ...fakes.openai.vars, SANDBOX_PROVIDERS: "false" } as typeof env;
    const ctx = createExecutionContext();
    const request = new Request("http://localhost/api/v1/assistant/chat", as(user, "POST", { message }));
    return { response: await handle(request, settings, ctx), ctx };
  };

  it("ends with the documented error when the provider breaks off", async () => {
    const user = await newStudioUser();
    const { response, ctx } = await withOpenAi(user, "midway");
    const events = eventsOf(await response.text());
    await waitOnExecutionContext(ctx);
    expect(events).toMatchObject([
      { type: "token", content: "你" },
      { type: "error", message: expect.stringMatching(/重试/) },
    ]);
    const { data } = await call<{ list: { id: string }[] }>("/assistant/conversations", as(user));
    expect((await read(user, data.list[0]?.id ?? "")).messages.at(-1)).toMatchObject({
      content: "你",
      status: "partial",
      model: "gpt-5-mini",
    });
  });

  it("stops the provider when the client disconnects, and keeps the partial answer", async () => {
    const user = await newStudioUser();
    const word = crypto.randomUUID();
    const { response, ctx } = await withOpenAi(user, `endless ${word}`);
    const reader = response.body?.getReader();
    for (let i = 0; i < 4; i++) await reader?.read();
    await reader?.cancel();
    await waitOnExecutionContext(ctx);
    await eventually(async () => {
      const { chats } = (await (await fetch(`${fakes.openai.origin}/__chats`)).json()) as {
        chats: { request: { messages: { content: string }[] }; closed: boolean }[];
      };
      return chats.find(({ request }) => request.messages.at(-1)?.content.includes(word))?.closed;
    });
    const { data } = await call<{ list: { id: string }[] }>("/assistant/conversations", as(user));
    const messages = (await read(user, data.list[0]?.id ?? "")).messages;
    expect(messages).toHaveLength(2);
    expect(messages[1]).toMatchObject({ role: "assistant", status: "partial" });
    expect(messages[1]?.content).toMatch(/^(a )+$/);
  });

  it("resumes after a lost connection, without repeating the message or the provider call", async () => {
    const user = await newStudioUser();
    const word = crypto.randomUUID();
    const { response, ctx } = await withOpenAi(user, `endless ${word}`);
    const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
    let text = "";
    while (idsOf(text).length < 4) text += (await reader?.read())?.value ?? "";
    await reader?.cancel();
    await waitOnExecutionContext(ctx);
    const [opening = "", first = "", second = ""] = idsOf(text);
    const conversationId = opening.split(":")[0] ?? "";
    const kept = (await read(user, conversationId)).messages[1]?.content ?? "";
    const resume = (id: string, who = user, body: unknown = { message: `endless ${word}`, conversationId }) =>
      request("/api/v1/assistant/chat", as(who, "POST", body, { "last-event-id": id }));
    const saidBehind = async (id: string) => {
      const events = eventsOf(await (await resume(id)).text());
      expect(events.at(-1)).toEqual({ type: "done", conversationId });
      return events.map((event) => (event.type === "token" ? event.content : "")).join("");
    };
    expect(await saidBehind(opening)).toBe(kept);
    expect(await saidBehind(first)).toBe(kept.slice(2));
    expect(await saidBehind(second)).toBe(kept.slice(4));
    // The body is ignored on a resume, and the message is not stored again.
    const again = await (await resume(second, user, {})).text();
    expect(eventsOf(again).at(-1)?.type).toBe("done");
    expect((await resume(idsOf(again).at(-1) ?? "")).status).toBe(204);
    expect((await read(user, conversationId)).messages).toHaveLength(2);
    const { chats } = (await (await fetch(`${fakes.openai.origin}/__chats`)).json()) as {
      chats: { request: { messages: { content: string }[] } }[];
    };
    expect(chats.filter(({ request }) => JSON.stringify(request).includes(word))).toHaveLength(1);
    // Neither another account's answer nor an unknown one is found.
    const stranger = await newStudioUser();
    expect((await resume(second, stranger)).status).toBe(204);
    expect((await resume(second.replace(/:\d+:/, ":999999999:"))).status).toBe(204);
  });

  it("waits for an answer that is still being generated and streams it to its end", async () => {
    const user = await newStudioUser();
    const { response } = await withOpenAi(user, "slow please");
    const [one, other] = response.body?.tee() ?? [];
    const reader = one?.pipeThrough(new TextDecoderStream()).getReader();
    let text = "";
    while (idsOf(text).length < 2) text += (await reader?.read())?.value ?? "";
    const resumed = request(
      "/api/v1/assistant/chat",
      as(user, "POST", {}, { "last-event-id": idsOf(text)[1] ?? "" }),
    );
    const whole = eventsOf(await new Response(other).text());
    const rest = eventsOf(await (await resumed).text());
    expect(rest).toEqual([{ type: "token", content: "好，画一只猫" }, whole.at(-1)]);
  });

  it("repeats the error when the resumed answer has failed", async () => {
    const user = await newStudioUser();
    const { response, ctx } = await withOpenAi(user, "a broken answer");
    const text = await response.text();
    await waitOnExecutionContext(ctx);
    const [opening = "", end = ""] = idsOf(text);
    const resume = (id: string) =>
      request("/api/v1/assistant/chat", as(user, "POST", {}, { "last-event-id": id }));
    expect(eventsOf(await (await resume(opening)).text())).toEqual(eventsOf(text));
    expect((await resume(end)).status).toBe(204);
    // A failed answer is not stored as a message.
    expect((await read(user, opening.split(":")[0] ?? "")).messages).toHaveLength(1);
  });

  it("is refused when no provider is available", async () => {
    const user = await newStudioUser();
    const settings = { ...env, SANDBOX_PROVIDERS: "false" } as typeof env;
    const request = new Request(
      "http://localhost/api/v1/assistant/chat",
      as(user, "POST", { message: "hi" }),
    );
    const response = await handle(request, settings, createExecutionContext());
    expect([response.status, await response.json()]).toMatchObject([503, { code: 503 }]);
    expect((await call("/assistant/conversations", as(user))).data).toMatchObject({ total: 0 });
  });
});

describe("conversations", () => {
  it("are listed latest first, and only their owner can rename and delete them", async () => {
    const [user, other] = [await newStudioUser(), await newStudioUser()];
    const [a, b] = [(await chat(user, "hello")).id, (await chat(user, "hi")).id];
    await chat(user, "hey", a);
    const list = async () =>
      (
        await call<{ list: { id: string; title: string }[]; total: number }>(
          "/assistant/conversations",
          as(user),
        )
      ).data;
    expect((await list()).list.map(({ id }) => id)).toEqual([a, b]);
    const path = `/assistant/conversations/${a}`;
    expect((await call(path, as(other))).status).toBe(404);
    expect((await call(path, as(other, "PUT", { title: "x" }))).status).toBe(404);
    expect((await call(path, as(other, "DELETE"))).status).toBe(404);
    expect((await call(path, as(user, "PUT", { title: "猫" }))).data).toMatchObject({ title: "猫" });
    expect((await call(path, as(user, "PUT", { title: "" }))).status).toBe(400);
    expect((await call(path, as(user, "DELETE"))).status).toBe(200);
    expect((await list()).list.map(({ id }) => id)).toEqual([b]);
    expect((await call(path, as(user))).status).toBe(404);
  });

  it("are read in parts from the end", async () => {
    const user = await newStudioUser();
    const { id } = await chat(user, "hello");
    await chat(user, "hi", id);
    const end = await read(user, id, "?limit=3");
    expect(end).toMatchObject({ hasMore: true });
    expect(end.messages.map(({ role }) => role)).toEqual(["assistant", "user", "assistant"]);
    const start = await read(user, id, `?limit=3&before=${end.messages[0]?.id}`);
    expect(start.messages.map(({ content }) => content)).toEqual(["hello"]);
    expect(start.hasMore).toBe(false);
  });
});
