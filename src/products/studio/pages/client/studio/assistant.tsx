import { EventSourceParserStream } from "eventsource-parser/stream";
import { useEffect, useRef, useState } from "hono/jsx/dom";
import { Problem, useAction } from "../../../../../ui/client/shared/action.tsx";
import { ApiError } from "../../../../../ui/client/shared/api-error.ts";
import type {
  ChatEvent,
  ChatMessage,
  Conversation,
  ConversationDetail,
  Page,
} from "../../../contract/index.ts";
import { MAX_MESSAGE } from "../../../contract/limits.ts";
import { call, stream } from "./api.ts";
import { text } from "./language.ts";

/** A message as the page shows it; the page adds its own before the server has stored them. */
type ShownMessage = Pick<ChatMessage, "role" | "content">;

/** Yields each event of an answer as it arrives. */
async function* eventsOf(body: ReadableStream<Uint8Array>): AsyncGenerator<ChatEvent> {
  const reader = body
    .pipeThrough(new TextDecoderStream() as unknown as ReadableWritablePair<string, Uint8Array>)
    .pipeThrough(new EventSourceParserStream())
    .getReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    yield JSON.parse(value.data) as ChatEvent;
  }
}

/** Returns the prompt in an answer, which has a line of its own. */
const promptIn = (answer: string): string | undefined => /^(?:提示词：|Prompt: )(.+)$/m.exec(answer)?.[1];

const isAbort = (error: unknown): boolean => error instanceof DOMException && error.name === "AbortError";

/** The page of the assistant: conversations and messages. */
export const Assistant = ({ onUse }: { readonly onUse: (prompt: string) => void }) => {
  const [conversations, setConversations] = useState<readonly Conversation[]>([]);
  const [current, setCurrent] = useState<string | undefined>(undefined);
  const [messages, setMessages] = useState<readonly ShownMessage[]>([]);
  const { busy, problem, act } = useAction();
  const going = useRef<AbortController | null>(null);

  const loadList = async (): Promise<void> => {
    const { list } = await call<Page<Conversation>>("/assistant/conversations?pageSize=50");
    setConversations(list);
  };
  useEffect(() => {
    void act(loadList);
    return () => going.current?.abort();
  }, []);

  const open = (id: string) =>
    act(async () => {
      const found = await call<ConversationDetail>(`/assistant/conversations/${id}`);
      setCurrent(id);
      setMessages(found.messages);
    });
  const startNew = (): void => {
    setCurrent(undefined);
    setMessages([]);
  };
  const remove = (id: string) =>
    confirm(text.removeSure) &&
    act(async () => {
      await call(`/assistant/conversations/${id}`, "DELETE");
      if (id === current) startNew();
      await loadList();
    });

  const say = async (message: string): Promise<void> => {
    const controller = new AbortController();
    going.current = controller;
    let said = "";
    const show = (content: string) => {
      said = content;
      setMessages([...messages, { role: "user", content: message }, { role: "assistant", content }]);
    };
    show("");
    try {
      const asked = current === undefined ? { message } : { message, conversationId: current };
      for await (const event of eventsOf(await stream("/assistant/chat", asked, controller.signal))) {
        if (event.type === "token") show(said + event.content);
        else setCurrent(event.conversationId);
        if (event.type === "error") throw new ApiError(0, event.message);
      }
    } catch (error) {
      if (!isAbort(error)) throw error;
    } finally {
      going.current = null;
      await loadList();
    }
  };
  const submit = (event: Event): void => {
    event.preventDefault();
    const form = event.target as HTMLFormElement;
    const message = String(new FormData(form).get("message")).trim();
    if (message === "") return;
    form.reset();
    void act(() => say(message));
  };
  return (
    <div class="chat">
      <aside class="card chat-list">
        <button type="button" class="button-quiet" onClick={startNew}>
          {text.newChat}
        </button>
        <ul>
          {conversations.map(({ id, title }) => (
            <li key={id} class="chat-item">
              <button
                type="button"
                class="link"
                aria-current={id === current ? "true" : undefined}
                onClick={() => open(id)}
              >
                {title}
              </button>
              <button
                type="button"
                class="link"
                aria-label={`${text.remove}: ${title}`}
                onClick={() => remove(id)}
              >
                ×
              </button>
            </li>
          ))}
        </ul>
      </aside>
      <section class="card">
        <div class="messages" aria-live="polite">
          {messages.length === 0 && <p class="muted">{text.noChat}</p>}
          {messages.map(({ role, content }, i) => (
            <article key={i} class={`message message-${role}`}>
              <p class="muted small">{role === "user" ? text.you : text.assistant}</p>
              <p class="said">{content === "" ? "…" : content}</p>
              {role === "assistant" && !busy && promptIn(content) && (
                <button type="button" class="chip" onClick={() => onUse(promptIn(content) ?? "")}>
                  {text.usePrompt}
                </button>
              )}
            </article>
          ))}
        </div>
        <Problem message={problem} />
        <form class="inline-form" onSubmit={submit}>
          <input
            name="message"
            maxlength={MAX_MESSAGE}
            placeholder={text.message}
            aria-label={text.message}
            autocomplete="off"
          />
          {going.current ? (
            <button type="button" class="button-quiet" onClick={() => going.current?.abort()}>
              {text.stop}
            </button>
          ) : (
            <button type="submit" disabled={busy}>
              {text.send}
            </button>
          )}
        </form>
      </section>
    </div>
  );
};
