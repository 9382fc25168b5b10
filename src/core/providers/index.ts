export { listOpenAiModels, type VendorConfig } from "./adapters/http.ts";
export { withStyle } from "./adapters/prompt.ts";
export {
  type AssistantModel,
  ChatFailure,
  type ChatFailureReason,
  type ChatMessage,
  type ChatProvider,
  type ChatRequest,
} from "./chat.ts";
export * from "./config/index.ts";
export { defineProvider, type ProviderDefinition, type Tools } from "./define.ts";
export { ProviderDirectory } from "./directory.ts";
export { ASPECT_RATIOS, type AspectRatio } from "./facts.ts";
export { createProviders, type KnownProviders, labelOf } from "./known.ts";
export * from "./media.ts";
export * from "./models/index.ts";
export { REGISTRY } from "./registry.ts";
