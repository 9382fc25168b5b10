import type { ChatMessage } from "../../../../core/providers/index.ts";

/** Maximum number of tokens sent to a model. All models of the registry accept more; the limit bounds the cost. */
export const CONTEXT_TOKENS = 6_000;
/** Tokens that a message needs in addition to its text. */
const TOKENS_A_MESSAGE = 4;
const LETTERS_A_TOKEN = 4;

/**
 * Estimates the tokens of a message, rather too many: one per Chinese character and one per four other characters.
 */
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
 * Merges consecutive messages of the same role. An answer that failed before its first word leaves two user messages
 * in a row, and strict servers reject such a conversation.
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
 * Returns the system prompt, as many of the latest messages as fit into the budget, and always the new message. The
 * history begins with a user's message, because an answer without its question confuses models.
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
