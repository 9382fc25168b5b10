export { type Answer, type AnswerEvent, Assistant } from "./assistant.ts";
export { CONTEXT_TOKENS, estimateTokens, trimContext } from "./context.ts";
export { type Conversation, Conversations } from "./conversations.ts";
