import { z } from "zod";
import { ChatFailure, type ChatProvider, type ChatRequest } from "../chat.ts";
import { serverEvents } from "./server-events.ts";

const MAX_TOKENS = 2_048;

/** The part of Cloudflare's AI binding that is used here. The binding exists only in production. */
export interface ChatBinding {
  readonly run: (
    model: string,
    input: Record<string, unknown>,
    options?: { readonly signal?: AbortSignal },
  ) => Promise<unknown>;
}

const chunkSchema = z.object({ response: z.string().nullish(), error: z.unknown().optional() });

/** Chat models of Workers AI. */
export class WorkersAiChat implements ChatProvider {
  readonly name = "workers-ai";

  constructor(private readonly ai: ChatBinding) {}

  async *stream(
    { model, messages }: ChatRequest,
    signal: AbortSignal,
  ): AsyncGenerator<string, void, undefined> {
    let body: unknown;
    try {
      body = await this.ai.run(model, { messages, stream: true, max_tokens: MAX_TOKENS }, { signal });
    } catch (error) {
      throw new ChatFailure("unavailable", String(error));
    }
    if (!(body instanceof ReadableStream))
      throw new ChatFailure("unavailable", "the response is not a stream");
    for await (const data of serverEvents(body as ReadableStream<Uint8Array>)) {
      if (data === "[DONE]") return;
      const chunk = chunkSchema.safeParse(parsed(data)).data;
      if (!chunk || chunk.error) throw new ChatFailure("unavailable", `not a completion chunk: ${data}`);
      if (chunk.response) yield chunk.response;
    }
    throw new ChatFailure("unavailable", "the stream ended before the answer was complete");
  }

  /** The AI binding has no list of models. */
  async listModels(): Promise<undefined> {
    return undefined;
  }
}

const parsed = (data: string): unknown => {
  try {
    return JSON.parse(data);
  } catch {
    return undefined;
  }
};
