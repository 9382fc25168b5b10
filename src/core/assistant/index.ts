export * from "./assistant.ts";
export { CONTEXT_TOKENS, estimateTokens, trimContext } from "./context.ts";
export * from "./conversations.ts";
export { type ChatConfig, OpenAiChat } from "./providers/openai.ts";
export { sandboxChat } from "./providers/sandbox.ts";
export * from "./providers/spec.ts";
export { type ChatBinding, WorkersAiChat } from "./providers/workers-ai.ts";
