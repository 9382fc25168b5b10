import { useEffect, useRef, useState } from "hono/jsx/dom";
import { fieldsOf, Problem } from "../../../../../ui/client/shared/action.tsx";
import type { ChatMessage } from "../../../contract/index.ts";
import { MAX_CHAT_CHARACTERS } from "../../../contract/limits.ts";
import { text } from "./language.ts";

/** Distance from the end, in pixels, within which the list scrolls to each new line. */
const NEAR_END = 60;

interface ChatProps {
  readonly lines: readonly ChatMessage[];
  /** Returns false if the message could not be sent. */
  readonly onSay: (message: string) => boolean;
}

/** The chat of the meeting. */
export const Chat = ({ lines, onSay }: ChatProps) => {
  const [problem, setProblem] = useState<string | undefined>(undefined);
  const list = useRef<HTMLDivElement>(null);
  const readsAlong = useRef(true);
  useEffect(() => {
    const element = list.current;
    if (element && readsAlong.current) element.scrollTop = element.scrollHeight;
  }, [lines.length]);
  const onScroll = (): void => {
    const element = list.current;
    if (element)
      readsAlong.current = element.scrollHeight - element.scrollTop - element.clientHeight < NEAR_END;
  };
  const say = (event: Event): void => {
    const { form, fields } = fieldsOf(event);
    const message = String(fields.get("message")).trim();
    if (message === "") return;
    readsAlong.current = true;
    const isSent = onSay(message);
    setProblem(isSent ? undefined : text.notSent);
    if (isSent) form.reset();
  };
  return (
    <section class="card">
      <h2>{text.chat}</h2>
      <div class="lines" aria-live="polite" ref={list} onScroll={onScroll}>
        {lines.map((one, i) => (
          <p key={i}>
            <strong>{one.full_name}</strong> {one.message}
          </p>
        ))}
      </div>
      <Problem message={problem} />
      <form class="inline-form" onSubmit={say}>
        <input
          name="message"
          maxlength={MAX_CHAT_CHARACTERS}
          autocomplete="off"
          placeholder={text.message}
          aria-label={text.message}
        />
        <button type="submit">{text.send}</button>
      </form>
    </section>
  );
};
