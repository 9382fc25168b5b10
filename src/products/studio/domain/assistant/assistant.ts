import {
  type AssistantModel,
  ChatFailure,
  type ChatFailureReason,
  type ChatProvider,
} from "../../../../core/providers/index.ts";
import { abortable, pause } from "../../../../lib/abortable.ts";
import { MINUTE_MS, SECOND_MS } from "../../../../lib/clock.ts";
import type { Failure } from "../../../../lib/domain-error.ts";
import { err, ok, type Result } from "../../../../lib/result.ts";
import { trimContext } from "./context.ts";
import type { Conversations } from "./conversations.ts";

/** How long a provider may send nothing: before its first piece of text, and between two pieces. */
const SILENCE_MS = 60 * SECOND_MS;
/** Maximum duration of an answer. */
const ANSWER_MS = 5 * MINUTE_MS;
/** A longer answer is aborted: the model most likely repeats itself. */
const MAX_ANSWER_CHARACTERS = 60_000;

/** Additional time to store an answer after `ANSWER_MS`. */
const KEEP_MS = 30 * SECOND_MS;
/** Intervals between database reads while an answer is not stored yet. They grow from the first value to the last. */
const FIRST_LOOK_MS = 200;
const LAST_LOOK_MS = 5 * SECOND_MS;

const SYSTEM = [
  "You are the assistant of an AI studio that makes images and videos from prompts.",
  "Help people to write prompts: subject, action, place, light, camera, style, and what to avoid.",
  "Answer in the language of the user, briefly, and give prompts that can be copied as they are.",
].join(" ");

/** An event of an answer's stream to the client. */
export type AnswerEvent =
  | { readonly type: "token"; readonly content: string }
  | { readonly type: "done"; readonly conversationId: string }
  | { readonly type: "error"; readonly reason: ChatFailureReason; readonly conversationId: string };

export interface AssistantDependencies {
  readonly conversations: Conversations;
  /** Chooses the assistant provider; undefined if none is available. */
  readonly chooseModel: () => Promise<AssistantModel | undefined>;
  /** Lets work continue after the client has disconnected (`waitUntil`). */
  readonly defer: (name: string, work: Promise<unknown>) => void;
  readonly report: (event: string, fields: Record<string, string | number>) => void;
  /** Replaces `SILENCE_MS` in tests. */
  readonly silenceMs?: number;
}

/** An answer that can be streamed. */
export interface Answer {
  readonly conversationId: string;
  /** Id of the user's message that is answered. */
  readonly messageId: number;
  /** Streams the answer. If the client stops reading, the provider call is aborted and the text so far is stored. */
  readonly events: (signal: AbortSignal) => AsyncGenerator<AnswerEvent, void, undefined>;
}

interface Resumed {
  readonly userId: number;
  readonly conversationId: string;
  readonly messageId: number;
  readonly offset: number;
  /** ms UTC. An answer that is not stored by then will never be stored. */
  readonly until: number;
}

/** Answers messages of users and stores the answers. */
export class Assistant {
  constructor(private readonly deps: AssistantDependencies) {}

  async ask(
    userId: number,
    message: string,
    conversationId?: string,
  ): Promise<Result<Answer, Failure<"not_found" | "provider_unavailable">>> {
    const voice = await this.deps.chooseModel();
    if (!voice) return err({ code: "provider_unavailable" });
    const begun = await this.deps.conversations.addMessage(userId, message, conversationId);
    if (!begun.ok) return begun;
    const messages = trimContext(SYSTEM, begun.value.history, message);
    const { conversationId: id, messageId } = begun.value;
    return ok({
      conversationId: id,
      messageId,
      events: (signal) =>
        this.generate(voice, { id, messageId }, { model: voice.vendorModel, messages }, signal),
    });
  }

  /**
   * Waits until an answer is stored and returns its text after the first `offset` UTF-16 units. Does not call the
   * provider: the provider call was aborted when the client lost its connection.
   */
  async resume(
    userId: number,
    conversationId: string,
    messageId: number,
    offset: number,
  ): Promise<Result<Answer, Failure<"not_found">>> {
    const found = await this.deps.conversations.findAnswer(userId, conversationId, messageId);
    if (!found.ok) return found;
    const until = found.value.asked.createdAt + ANSWER_MS + KEEP_MS;
    return ok({
      conversationId,
      messageId,
      events: (signal) => this.streamStored({ userId, conversationId, messageId, offset, until }, signal),
    });
  }

  private async *streamStored(
    { userId, conversationId, messageId, offset, until }: Resumed,
    client: AbortSignal,
  ): AsyncGenerator<AnswerEvent, void, undefined> {
    let waitMs = FIRST_LOOK_MS;
    for (;;) {
      const found = await this.deps.conversations.findAnswer(userId, conversationId, messageId);
      const answer = found.ok ? found.value.answer : undefined;
      if (answer) {
        const content = answer.content.slice(offset);
        if (content !== "") yield { type: "token", content };
        if (answer.content !== "") yield { type: "done", conversationId };
        else yield { type: "error", reason: "unavailable", conversationId };
        return;
      }
      // The conversation was deleted, or the isolate was stopped before it stored the answer.
      if (!found.ok || Date.now() > until) {
        yield { type: "error", reason: "unavailable", conversationId };
        return;
      }
      await pause(waitMs, client);
      if (client.aborted) return;
      waitMs = Math.min(LAST_LOOK_MS, waitMs * 1.5);
    }
  }

  private async *generate(
    { provider, model }: AssistantModel,
    { id: conversationId, messageId: answerTo }: { readonly id: string; readonly messageId: number },
    request: Parameters<ChatProvider["stream"]>[0],
    client: AbortSignal,
  ): AsyncGenerator<AnswerEvent, void, undefined> {
    const timer = new AnswerTimer(this.deps.silenceMs ?? SILENCE_MS, ANSWER_MS);
    const signal = AbortSignal.any([client, timer.signal]);
    let said = "";
    let isComplete = false;
    // Deferred before the first piece: the runtime cancels a request after a disconnect unless `waitUntil` work is
    // pending.
    const kept = Promise.withResolvers<void>();
    this.deps.defer("assistant.keep_failed", kept.promise);
    try {
      for await (const content of abortable(provider.stream(request, signal), signal)) {
        timer.restart();
        said += content;
        yield { type: "token", content };
        if (said.length > MAX_ANSWER_CHARACTERS)
          throw new ChatFailure("unavailable", "the answer is too long");
      }
      isComplete = true;
      await this.deps.conversations.storeAnswer(conversationId, {
        content: said,
        status: "complete",
        model,
        answerTo,
      });
      yield { type: "done", conversationId };
    } catch (error) {
      if (client.aborted) return;
      const reason = reasonOf(error, timer);
      this.deps.report("assistant.failed", { provider: provider.name, reason, detail: String(error) });
      yield { type: "error", reason, conversationId };
    } finally {
      timer.clear();
      // Stored also after a disconnect and if no text came, so that a client that resumes learns how the answer
      // ended.
      kept.resolve(
        isComplete
          ? undefined
          : this.deps.conversations.storeAnswer(conversationId, {
              content: said,
              status: "partial",
              model,
              answerTo,
            }),
      );
    }
  }
}

const reasonOf = (error: unknown, timer: AnswerTimer): ChatFailureReason => {
  if (timer.signal.aborted) return "timeout";
  return error instanceof ChatFailure ? error.reason : "unavailable";
};

/** Aborts an answer if the provider sends nothing for too long, or if the whole answer takes too long. */
class AnswerTimer {
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

  restart(): void {
    clearTimeout(this.silence);
    this.silence = setTimeout(() => this.controller.abort(), this.silenceMs);
  }

  clear(): void {
    clearTimeout(this.whole);
    clearTimeout(this.silence);
  }
}
