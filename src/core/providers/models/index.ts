export { CAPABILITIES, type Capability } from "../facts.ts";
export { ASSISTANT_MODELS, CATALOGS, IMAGE_MODELS, VIDEO_MODELS } from "./catalogs.ts";
export { auditModels, chooseModel, findModel, isShutDown, type ModelProblem } from "./choose.ts";
export type {
  Catalog,
  Model,
  ModelChoice,
  ProviderName,
  VideoModel,
} from "./model.ts";
