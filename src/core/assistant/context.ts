import type { ChatMessage } from "./providers/spec.ts";

/** Tokens of a conversation a model is shown: every model of the registry takes more, and this is what it costs. */
export const CONTEXT_TOKENS = 6_000;
/** What a message takes beside its text. */
const TOKENS_A_MESSAGE = 4;
const LETTERS_A_TOKEN = 4;

/** How many tokens a text is, on the safe side: a Chinese character is about one, four letters are one. */
export const estimateTokens = (text: string): number => {
  let wide = 0;
  let narrow = 0;
  for (const character of text) {
    if ((character.codePointAt(0) ?? 0) > 0x2e7f) wide++;
    else narrow++;
  }
  return TOKENS_A_MESSAGE + wide + Math.ceil(narrow / LETTERS_A_TOKEN);
};

/**
 * Messages of which none follows one of its own role: strict servers refuse a conversation with two in a row for ever, and
 * one is left wherever an answer failed before its first word.
 */
const alternating = (messages: readonly ChatMessage[]): ChatMessage[] => {
  const merged: ChatMessage[] = [];
  for (const message of messages) {
    const last = merged.at(-1);
    if (last?.role !== message.role) merged.push(message);
    else merged[merged.length - 1] = { ...last, content: `${last.content}\n\n${message.content}` };
  }
  return merged;
};

/**
 * The system's words, as many of the latest messages as fit beside them, and the new one always. What is left begins with
 * a user's message: an answer without its question confuses models.
 */
export const trimContext = (
  system: string,
  history: readonly ChatMessage[],
  message: string,
  budget = CONTEXT_TOKENS,
): ChatMessage[] => {
  let left = budget - estimateTokens(system) - estimateTokens(message);
  const kept: ChatMessage[] = [];
  for (const earlier of history.toReversed()) {
    left -= estimateTokens(earlier.content);
    if (left < 0) break;
    kept.unshift(earlier);
  }
  while (kept[0]?.role === "assistant") kept.shift();
  return [{ role: "system", content: system }, ...alternating([...kept, { role: "user", content: message }])];
};
