import { abortable } from "../../lib/abortable.ts";
import { MINUTE_MS, SECOND_MS } from "../../lib/clock.ts";
import { err, ok, type Result } from "../../lib/result.ts";
import { trimContext } from "./context.ts";
import type { Conversations } from "./conversations.ts";
import { ChatFailure, type ChatFailureReason, type ChatProvider } from "./providers/spec.ts";

/** How long a provider may be silent: until its first word, and between two. */
const SILENCE_MS = 60 * SECOND_MS;
/** How long an answer may take in all. */
const ANSWER_MS = 5 * MINUTE_MS;
/** An answer longer than this has lost its way. */
const MAX_ANSWER_CHARACTERS = 60_000;

const SYSTEM = [
  "You are the assistant of an AI studio that makes images and videos from prompts.",
  "Help people to write prompts: subject, action, place, light, camera, style, and what to avoid.",
  "Answer in the language of the user, briefly, and give prompts that can be copied as they are.",
].join(" ");

/** What a client hears of an answer. */
export type AnswerEvent =
  | { readonly type: "token"; readonly content: string }
  | { readonly type: "done"; readonly conversationId: string }
  | { readonly type: "error"; readonly reason: ChatFailureReason; readonly conversationId: string };

/** Who answers. */
export interface Voice {
  readonly provider: ChatProvider;
  /** As answers name it. */
  readonly model: string;
  readonly vendorModel: string;
}

export interface AssistantDependencies {
  readonly conversations: Conversations;
  /** Undefined where nobody can. */
  readonly voice: () => Promise<Voice | undefined>;
  /** Lets work go on after the client has gone. */
  readonly defer: (name: string, work: Promise<unknown>) => void;
  readonly report: (event: string, fields: Record<string, string | number>) => void;
  /** Tests are less patient. */
  readonly silenceMs?: number;
}

/** An answer that is about to be said. */
export interface Answer {
  readonly conversationId: string;
  /** Says it. Whoever stops reading stops the provider; what was said until then is kept. */
  readonly events: (signal: AbortSignal) => AsyncGenerator<AnswerEvent, void, undefined>;
}

/** Answers users, and keeps what was said. */
export class Assistant {
  constructor(private readonly on: AssistantDependencies) {}

  async ask(userId: number, message: string, conversationId?: string): Promise<Result<Answer>> {
    const voice = await this.on.voice();
    if (!voice) return err({ code: "provider_unavailable" });
    const begun = await this.on.conversations.begin(userId, message, conversationId);
    if (!begun.ok) return begun;
    const messages = trimContext(SYSTEM, begun.value.history, message);
    const { conversationId: id } = begun.value;
    return ok({
      conversationId: id,
      events: (signal) => this.say(voice, id, { model: voice.vendorModel, messages }, signal),
    });
  }

  private async *say(
    { provider, model }: Voice,
    conversationId: string,
    request: Parameters<ChatProvider["stream"]>[0],
    client: AbortSignal,
  ): AsyncGenerator<AnswerEvent, void, undefined> {
    const patience = new Patience(this.on.silenceMs ?? SILENCE_MS, ANSWER_MS);
    const signal = AbortSignal.any([client, patience.signal]);
    let said = "";
    let isComplete = false;
    try {
      for await (const content of abortable(provider.stream(request, signal), signal)) {
        patience.heard();
        said += content;
        yield { type: "token", content };
        if (said.length > MAX_ANSWER_CHARACTERS) throw new ChatFailure("unavailable", "it never ends");
      }
      isComplete = true;
      await this.keep(conversationId, said, "complete", model);
      yield { type: "done", conversationId };
    } catch (error) {
      if (client.aborted) return;
      const reason = reasonOf(error, patience);
      this.on.report("assistant.failed", { provider: provider.name, reason, detail: String(error) });
      yield { type: "error", reason, conversationId };
    } finally {
      patience.end();
      // Also where the client is gone: nobody waits for this then.
      if (!isComplete && said !== "")
        this.on.defer("assistant.keep_failed", this.keep(conversationId, said, "partial", model));
    }
  }

  private keep(id: string, content: string, status: "complete" | "partial", model: string): Promise<void> {
    return this.on.conversations.answer(id, { content, status, model });
  }
}

const reasonOf = (error: unknown, patience: Patience): ChatFailureReason => {
  if (patience.signal.aborted) return "timeout";
  return error instanceof ChatFailure ? error.reason : "unavailable";
};

/** Aborts after a silence, or when it takes too long in all. */
class Patience {
  private readonly controller = new AbortController();
  private readonly whole: ReturnType<typeof setTimeout>;
  private silence: ReturnType<typeof setTimeout>;

  constructor(
    private readonly silenceMs: number,
    wholeMs: number,
  ) {
    this.whole = setTimeout(() => this.controller.abort(), wholeMs);
    this.silence = setTimeout(() => this.controller.abort(), silenceMs);
  }

  get signal(): AbortSignal {
    return this.controller.signal;
  }

  heard(): void {
    clearTimeout(this.silence);
    this.silence = setTimeout(() => this.controller.abort(), this.silenceMs);
  }

  end(): void {
    clearTimeout(this.whole);
    clearTimeout(this.silence);
  }
}
