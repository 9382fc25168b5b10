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
export { type CustomProvider, ProviderConfig, ProviderConfigCache } from "./config/index.ts";
export { defineProvider, type ProviderDefinition, type Tools } from "./define.ts";
export { ProviderDirectory } from "./directory.ts";
export { ASPECT_RATIOS, type AspectRatio } from "./facts.ts";
export { createProviders, type KnownProviders, labelOf } from "./known.ts";
export {
  CALL_TIMEOUT_MS,
  type CallContext,
  type GeneratedMedia,
  type ImageProvider,
  type ImageSpec,
  type InputImage,
  type MediaSource,
  type Refused,
  type StartOutcome,
  type Unavailable,
  type VideoProvider,
  type VideoSpec,
} from "./media.ts";
export {
  ASSISTANT_MODELS,
  auditModels,
  CAPABILITIES,
  CATALOGS,
  type Capability,
  chooseModel,
  IMAGE_MODELS,
  type Model,
  type ModelChoice,
  type ProviderName,
  VIDEO_MODELS,
  type VideoModel,
} from "./models/index.ts";
export { REGISTRY } from "./registry.ts";
