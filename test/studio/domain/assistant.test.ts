import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { OpenAiChat } from "../../../src/core/providers/adapters/openai-chat.ts";
import { sandboxChat } from "../../../src/core/providers/adapters/sandbox-chat.ts";
import { WorkersAiChat } from "../../../src/core/providers/adapters/workers-ai-chat.ts";
import type { ChatProvider } from "../../../src/core/providers/index.ts";
import { primary } from "../../../src/platform/db/client.ts";
import { newMeter } from "../../../src/platform/meter.ts";
import {
  type AnswerEvent,
  Assistant,
  CONTEXT_TOKENS,
  Conversations,
  estimateTokens,
  trimContext,
} from "../../../src/products/studio/domain/assistant/index.ts";
import type { Fakes } from "../../support/fakes/index.ts";
import { eventually } from "../../support/http.ts";

const fakes = JSON.parse(env.FAKES) as Fakes;
const conversations = new Conversations(primary(env.DB, newMeter()), () => Date.now());
const openai = new OpenAiChat("openai", {
  baseUrl: fakes.openai.origin,
  apiKey: fakes.openai.vars.OPENAI_API_KEY ?? "",
});

const newAssistant = (provider: ChatProvider, silenceMs = 2_000) => {
  const kept: Promise<unknown>[] = [];
  const reports: string[] = [];
  const assistant = new Assistant({
    conversations,
    chooseModel: async () => ({ provider, model: "gpt-5-mini", vendorModel: "gpt-5-mini" }),
    defer: (_, work) => void kept.push(work),
    report: (event) => void reports.push(event),
    silenceMs,
  });
  return { assistant, kept, reports };
};

let users = 900_000_000 + Math.floor(Math.random() * 1_000_000);
const newUserId = () => users++;

const answered = async (
  { assistant }: ReturnType<typeof newAssistant>,
  userId: number,
  message: string,
  conversationId?: string,
) => {
  const answer = await assistant.ask(userId, message, conversationId);
  if (!answer.ok) throw new Error(answer.error.code);
  const events: AnswerEvent[] = [];
  for await (const event of answer.value.events(new AbortController().signal)) events.push(event);
  return { id: answer.value.conversationId, events };
};

const messagesOf = async (userId: number, id: string) => {
  const found = await conversations.find(userId, id, { limit: 100 });
  if (!found.ok) throw new Error(found.error.code);
  return found.value.messages.map(({ role, content, status }) => ({ role, content, status }));
};

const chatsWith = async (text: string) => {
  const { chats } = (await (await fetch(`${fakes.openai.origin}/__chats`)).json()) as {
    chats: { request: { messages: { role: string; content: string }[] }; sent: number; closed: boolean }[];
  };
  return chats.filter(({ request }) => request.messages.some(({ content }) => content.includes(text)));
};

const SAID = "你好，画一只猫";

describe("an answer", () => {
  it("is streamed in the vendor's pieces and stored", async () => {
    const userId = newUserId();
    const { id, events } = await answered(newAssistant(openai), userId, "hello");
    expect(events.slice(0, -1).map((event) => (event.type === "token" ? event.content : "?"))).toEqual([
      "你",
      "好",
      "，",
      "画",
      "一只猫",
    ]);
    expect(events.at(-1)).toEqual({ type: "done", conversationId: id });
    expect(await messagesOf(userId, id)).toEqual([
      { role: "user", content: "hello", status: "complete" },
      { role: "assistant", content: SAID, status: "complete" },
    ]);
  });

  it("passes the first piece on before the second arrives", async () => {
    const answer = await newAssistant(openai).assistant.ask(newUserId(), "slow please");
    if (!answer.ok) throw new Error(answer.error.code);
    const times: number[] = [];
    for await (const _ of answer.value.events(new AbortController().signal)) times.push(Date.now());
    // The vendor sends five pieces, 40 ms apart.
    expect((times.at(-1) ?? 0) - (times[0] ?? 0)).toBeGreaterThan(100);
  });

  it("includes the earlier messages as context", async () => {
    const userId = newUserId();
    const word = crypto.randomUUID();
    const engine = newAssistant(openai);
    const { id } = await answered(engine, userId, `first ${word}`);
    await answered(engine, userId, `second ${word}`, id);
    const chat = (await chatsWith(`second ${word}`)).at(-1);
    expect(chat?.request.messages.map(({ role, content }) => [role, content]).slice(1)).toEqual([
      ["user", `first ${word}`],
      ["assistant", SAID],
      ["user", `second ${word}`],
    ]);
  });

  it("never sends two messages of one role in a row, also after failed answers", async () => {
    const userId = newUserId();
    const word = crypto.randomUUID();
    const engine = newAssistant(openai);
    // The state that a provider leaves when it fails before its first piece.
    const begun = await conversations.addMessage(userId, `one ${word}`);
    if (!begun.ok) throw new Error(begun.error.code);
    const id = begun.value.conversationId;
    await conversations.addMessage(userId, `two ${word}`, id);
    await answered(engine, userId, `three ${word}`, id);
    await answered(engine, userId, `four ${word}`, id);
    const chat = (await chatsWith(`four ${word}`)).at(-1);
    expect(chat?.request.messages.slice(1).map(({ role, content }) => [role, content])).toEqual([
      ["user", `one ${word}\n\ntwo ${word}\n\nthree ${word}`],
      ["assistant", SAID],
      ["user", `four ${word}`],
    ]);
  });

  it.each([
    ["midway", "unavailable", "你"],
    ["cut", "unavailable", "你"],
    ["filtered", "moderated", SAID],
    ["broken", "unavailable", ""],
    ["unpaid", "unavailable", ""],
    ["odd", "moderated", ""],
  ])('that fails ("%s") is an error, and the partial answer is stored', async (word, reason, said) => {
    const userId = newUserId();
    const engine = newAssistant(openai);
    const { id, events } = await answered(engine, userId, `a ${word} answer`);
    expect(events.at(-1)).toEqual({ type: "error", reason, conversationId: id });
    await Promise.all(engine.kept);
    const messages = await messagesOf(userId, id);
    expect(messages.slice(1)).toEqual(
      said === "" ? [] : [{ role: "assistant", content: said, status: "partial" }],
    );
    expect(engine.reports).toEqual(["assistant.failed"]);
  });

  it("is aborted when the vendor is silent", async () => {
    const { events } = await answered(newAssistant(openai, 200), newUserId(), "be silent");
    expect(events).toEqual([expect.objectContaining({ type: "error", reason: "timeout" })]);
  });

  it("is aborted when the vendor hangs and ignores the abort signal", async () => {
    const stuck: ChatProvider = {
      name: "openai",
      stream: async function* () {
        await new Promise(() => undefined);
      },
      listModels: async () => undefined,
    };
    const { events } = await answered(newAssistant(stuck, 100), newUserId(), "hello");
    expect(events).toEqual([expect.objectContaining({ type: "error", reason: "timeout" })]);
  });

  it("stops the vendor when the client disconnects, and stores the partial answer", async () => {
    const userId = newUserId();
    const word = crypto.randomUUID();
    const engine = newAssistant(openai);
    const answer = await engine.assistant.ask(userId, `endless ${word}`);
    if (!answer.ok) throw new Error(answer.error.code);
    const gone = new AbortController();
    let pieces = 0;
    for await (const _ of answer.value.events(gone.signal)) {
      if (++pieces === 5) break;
    }
    gone.abort();
    await eventually(async () => (await chatsWith(word))[0]?.closed, 5_000);
    await Promise.all(engine.kept);
    const [, said] = await messagesOf(userId, answer.value.conversationId);
    expect(said).toMatchObject({ role: "assistant", status: "partial" });
    expect(said?.content).toBe("a ".repeat(5));
  });

  it("is not stored in a conversation that was deleted in the meantime", async () => {
    const userId = newUserId();
    const answer = await newAssistant(openai).assistant.ask(userId, "slow please");
    if (!answer.ok) throw new Error(answer.error.code);
    const { conversationId } = answer.value;
    for await (const event of answer.value.events(new AbortController().signal)) {
      if (event.type === "token") await conversations.remove(userId, conversationId);
    }
    expect((await conversations.find(userId, conversationId, { limit: 10 })).ok).toBe(false);
    const { results } = await env.DB.prepare("SELECT 1 FROM conversation_messages WHERE conversation_id = ?")
      .bind(conversationId)
      .all();
    expect(results).toEqual([]);
  });
});

describe("the context", () => {
  const long = (role: "user" | "assistant", tokens: number) => ({ role, content: "字".repeat(tokens) });

  it("keeps the latest messages that fit, and always the system prompt and the new message", () => {
    const history = [
      long("user", 3_000),
      long("assistant", 2_000),
      long("user", 1_000),
      long("assistant", 1_000),
    ];
    const trimmed = trimContext("system", history, "new");
    expect(trimmed.map(({ role, content }) => [role, content.length])).toEqual([
      ["system", 6],
      ["user", 1_000],
      ["assistant", 1_000],
      ["user", 3],
    ]);
    const tokens = trimmed.reduce((sum, { content }) => sum + estimateTokens(content), 0);
    expect(tokens).toBeLessThanOrEqual(CONTEXT_TOKENS);
    expect(trimContext("system", history, "字".repeat(8_000)).map(({ role }) => role)).toEqual([
      "system",
      "user",
    ]);
  });

  it("counts a Chinese character as one token and four letters as one", () => {
    expect(estimateTokens("四个汉字")).toBe(8);
    expect(estimateTokens("four")).toBe(5);
  });
});

describe("Workers AI", () => {
  const streamOf = (text: string) => new Blob([text]).stream();
  const chat = (answer: unknown) =>
    new WorkersAiChat({
      run: async () => {
        if (answer instanceof Error) throw answer;
        return answer;
      },
    });

  it("relays the pieces of its stream", async () => {
    const provider = chat(streamOf('data: {"response":"a"}\n\ndata: {"response":"b"}\n\ndata: [DONE]\n\n'));
    const { events } = await answered(newAssistant(provider), newUserId(), "hello");
    expect(events.map(({ type }) => type)).toEqual(["token", "token", "done"]);
  });

  it.each([
    ["breaks off", streamOf('data: {"response":"a"}\n\n')],
    ["sends invalid JSON", streamOf("data: nonsense\n\n")],
    ["is not a stream", { response: "a" }],
    ["throws", new Error("3040: out of capacity")],
  ])("that %s is an error", async (_, answer) => {
    const { events } = await answered(newAssistant(chat(answer)), newUserId(), "hello");
    expect(events.at(-1)).toMatchObject({ type: "error", reason: "unavailable" });
  });
});

describe("the sandbox's assistant", () => {
  const say = async (message: string, turns = 1): Promise<string> => {
    let said = "";
    const messages = Array.from({ length: turns }, () => ({ role: "user" as const, content: message }));
    for await (const piece of sandboxChat.stream(
      { model: "sandbox", messages },
      new AbortController().signal,
    ))
      said += piece;
    return said;
  };

  it("writes a prompt from the request, in its language, and describes itself", async () => {
    const chinese = await say("帮我画一只橘猫");
    expect(chinese).toMatch(/提示词：一只橘猫，.+，.+，/u);
    expect(chinese).toContain("反向提示词");
    expect(chinese).toContain("沙盒助手");
    const english = await say("Please draw an orange cat.");
    expect(english).toMatch(/Prompt: an orange cat, .+, .+, /);
    expect(english).toContain("sandbox assistant");
  });

  it("varies its ideas, states figures, and greets", async () => {
    expect(await say("一座山", 2)).not.toBe(await say("一座山", 1));
    expect(await say("一座山")).toBe(await say("一座山"));
    expect(await say("视频多少算力？")).toContain("每秒 1 点");
    expect(await say("hello")).toContain("Tell me in a sentence");
  });
});
