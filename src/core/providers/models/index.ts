export { ASSISTANT_MODELS, CATALOGS, IMAGE_MODELS, VIDEO_MODELS } from "./catalogs.ts";
export { auditModels, chooseModel, findModel, isShutDown, type ModelProblem } from "./choose.ts";
export {
  CAPABILITIES,
  type Capability,
  type Catalog,
  type Model,
  type ModelChoice,
  type ProviderName,
  type VideoModel,
} from "./model.ts";
