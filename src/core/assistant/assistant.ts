import { abortable, pause } from "../../lib/abortable.ts";
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

/** How long keeping an answer may take after that. */
const KEEP_MS = 30 * SECOND_MS;
/** Looks for an answer that is not kept yet. */
const FIRST_LOOK_MS = 200;
const LAST_LOOK_MS = 5 * SECOND_MS;

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
  /** Of the user's message it answers. */
  readonly messageId: number;
  /** Says it. A client that stops reading stops the provider; what was said until then is kept. */
  readonly events: (signal: AbortSignal) => AsyncGenerator<AnswerEvent, void, undefined>;
}

interface Resumed {
  readonly userId: number;
  readonly conversationId: string;
  readonly messageId: number;
  readonly offset: number;
  /** When an answer that is not kept by then never will be, ms UTC. */
  readonly until: number;
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
    const { conversationId: id, messageId } = begun.value;
    return ok({
      conversationId: id,
      messageId,
      events: (signal) => this.say(voice, { id, messageId }, { model: voice.vendorModel, messages }, signal),
    });
  }

  /**
   * What was kept of an answer behind its first `offset` UTF-16 units, once it is kept. Asks no provider: a client that
   * lost its connection stopped the provider with it.
   */
  async resume(
    userId: number,
    conversationId: string,
    messageId: number,
    offset: number,
  ): Promise<Result<Answer>> {
    const found = await this.on.conversations.answered(userId, conversationId, messageId);
    if (!found.ok) return found;
    const until = found.value.asked.createdAt + ANSWER_MS + KEEP_MS;
    return ok({
      conversationId,
      messageId,
      events: (signal) => this.repeat({ userId, conversationId, messageId, offset, until }, signal),
    });
  }

  private async *repeat(
    { userId, conversationId, messageId, offset, until }: Resumed,
    client: AbortSignal,
  ): AsyncGenerator<AnswerEvent, void, undefined> {
    let waitMs = FIRST_LOOK_MS;
    for (;;) {
      const found = await this.on.conversations.answered(userId, conversationId, messageId);
      const answer = found.ok ? found.value.answer : undefined;
      if (answer) {
        const content = answer.content.slice(offset);
        if (content !== "") yield { type: "token", content };
        if (answer.content !== "") yield { type: "done", conversationId };
        else yield { type: "error", reason: "unavailable", conversationId };
        return;
      }
      // The conversation was deleted, or what said the answer died without keeping it.
      if (!found.ok || Date.now() > until) {
        yield { type: "error", reason: "unavailable", conversationId };
        return;
      }
      await pause(waitMs, client);
      if (client.aborted) return;
      waitMs = Math.min(LAST_LOOK_MS, waitMs * 1.5);
    }
  }

  private async *say(
    { provider, model }: Voice,
    { id: conversationId, messageId: answerTo }: { readonly id: string; readonly messageId: number },
    request: Parameters<ChatProvider["stream"]>[0],
    client: AbortSignal,
  ): AsyncGenerator<AnswerEvent, void, undefined> {
    const patience = new Patience(this.on.silenceMs ?? SILENCE_MS, ANSWER_MS);
    const signal = AbortSignal.any([client, patience.signal]);
    let said = "";
    let isComplete = false;
    // From the beginning: the runtime ends a request whose client is gone, unless it knows by then of work that is left.
    const kept = Promise.withResolvers<void>();
    this.on.defer("assistant.keep_failed", kept.promise);
    try {
      for await (const content of abortable(provider.stream(request, signal), signal)) {
        patience.heard();
        said += content;
        yield { type: "token", content };
        if (said.length > MAX_ANSWER_CHARACTERS) throw new ChatFailure("unavailable", "it never ends");
      }
      isComplete = true;
      await this.on.conversations.answer(conversationId, {
        content: said,
        status: "complete",
        model,
        answerTo,
      });
      yield { type: "done", conversationId };
    } catch (error) {
      if (client.aborted) return;
      const reason = reasonOf(error, patience);
      this.on.report("assistant.failed", { provider: provider.name, reason, detail: String(error) });
      yield { type: "error", reason, conversationId };
    } finally {
      patience.end();
      // Also where the client is gone, and where nothing was said: a client that comes back is told so.
      kept.resolve(
        isComplete
          ? undefined
          : this.on.conversations.answer(conversationId, {
              content: said,
              status: "partial",
              model,
              answerTo,
            }),
      );
    }
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
