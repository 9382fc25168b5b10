import { z } from "zod";
import { versionedUrl } from "../../../lib/provider-url.ts";
import { ChatFailure, type ChatFailureReason, type ChatProvider, type ChatRequest } from "../chat.ts";
import { defineProvider } from "../define.ts";
import { OPENAI_URL, vendorConfig } from "./http.ts";
import { serverEvents } from "./server-events.ts";

const MODERATION = /content_filter|content_policy|moderation|safety/i;

const errorSchema = z.object({
  code: z.unknown(),
  message: z.string().nullish(),
  type: z.string().nullish(),
});
const chunkSchema = z.object({
  error: errorSchema.nullish(),
  // Empty in the last chunk, which reports the token usage.
  choices: z
    .array(
      z.object({
        delta: z.object({ content: z.string().nullish() }).nullish(),
        finish_reason: z.string().nullish(),
      }),
    )
    .nullish(),
});

const failureOf = (error: z.output<typeof errorSchema>, otherwise: ChatFailureReason): ChatFailure => {
  const said = `${String(error.code ?? "")} ${error.type ?? ""} ${error.message ?? ""}`;
  return new ChatFailure(MODERATION.test(said) ? "moderated" : otherwise, said);
};

const reasonOf = (status: number): ChatFailureReason => {
  if (status === 401 || status === 402 || status === 403) return "account";
  return status === 429 || status >= 500 || status < 400 ? "unavailable" : "invalid";
};

export interface ChatConfig {
  /** Without a trailing slash. */
  readonly baseUrl: string;
  readonly apiKey: string;
}

/** OpenAI's Chat Completions API and compatible servers. */
export class OpenAiChat implements ChatProvider {
  constructor(
    readonly name: string,
    private readonly config: ChatConfig,
  ) {}

  async *stream(request: ChatRequest, signal: AbortSignal): AsyncGenerator<string, void, undefined> {
    const body = await this.open(request, signal);
    let isComplete = false;
    for await (const data of serverEvents(body)) {
      if (data === "[DONE]") return;
      const chunk = chunkOf(data);
      if (chunk.error) throw failureOf(chunk.error, "unavailable");
      const [choice] = chunk.choices ?? [];
      if (choice?.delta?.content) yield choice.delta.content;
      if (choice?.finish_reason === "content_filter") throw new ChatFailure("moderated", "content_filter");
      if (choice?.finish_reason) isComplete = true;
    }
    // Not every server sends [DONE]. A stream without [DONE] and without a finish_reason was interrupted.
    if (!isComplete) throw new ChatFailure("unavailable", "the stream ended before the answer was complete");
  }

  async listModels(signal: AbortSignal): Promise<readonly string[] | undefined> {
    const response = await fetch(`${versionedUrl(this.config.baseUrl)}/models`, {
      headers: this.authorization,
      redirect: "manual",
      signal,
    });
    if (!response.ok) return undefined;
    const listed = z.object({ data: z.array(z.object({ id: z.string() })) }).safeParse(await response.json());
    return listed.data?.data.map(({ id }) => id);
  }

  private async open(
    { model, messages }: ChatRequest,
    signal: AbortSignal,
  ): Promise<ReadableStream<Uint8Array>> {
    let response: Response;
    try {
      response = await fetch(`${versionedUrl(this.config.baseUrl)}/chat/completions`, {
        method: "POST",
        headers: {
          ...this.authorization,
          "content-type": "application/json",
          accept: "text/event-stream",
        },
        body: JSON.stringify({ model, messages, stream: true, stream_options: { include_usage: true } }),
        redirect: "manual",
        signal,
      });
    } catch (error) {
      throw new ChatFailure("unavailable", String(error));
    }
    if (response.ok && response.body) return response.body;
    const text = await response.text().catch(() => "");
    const reason = reasonOf(response.status);
    throw new ChatFailure(MODERATION.test(text) ? "moderated" : reason, `${response.status} ${text}`);
  }

  private get authorization() {
    return { authorization: `Bearer ${this.config.apiKey}` };
  }
}

const chunkOf = (data: string): z.output<typeof chunkSchema> => {
  try {
    return chunkSchema.parse(JSON.parse(data));
  } catch {
    throw new ChatFailure("unavailable", `not a completion chunk: ${data}`);
  }
};

/** As of 2026-11-20. OpenAI shut down gpt-4 and gpt-3.5-turbo on 2026-10-23, so their names are aliases. */
export const openai = defineProvider({
  name: "openai",
  label: "OpenAI",
  settings: ["OPENAI_API_KEY", "OPENAI_API_URL"],
  models: {
    assistant: [
      {
        id: "gpt-5-mini",
        vendorModel: "gpt-5-mini",
        aliases: ["openai", "gpt-4", "gpt-4-turbo", "gpt-4o", "gpt-4o-mini", "gpt-3.5-turbo"],
      },
      { id: "gpt-5", vendorModel: "gpt-5", aliases: [] },
    ],
  },
  create: (s) => {
    const config = vendorConfig(s.OPENAI_API_KEY, s.OPENAI_API_URL ?? OPENAI_URL);
    return config && { assistant: new OpenAiChat("openai", config) };
  },
});
