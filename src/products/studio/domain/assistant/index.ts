export * from "./assistant.ts";
export { CONTEXT_TOKENS, estimateTokens, trimContext } from "./context.ts";
export * from "./conversations.ts";
