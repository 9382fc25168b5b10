export {
  avatarFormSchema,
  avatarSchema,
  type ComputePower,
  changePasswordSchema,
  type Grant,
  grantSchema,
  loginSchema,
  type Profile,
  powerSchema,
  profileSchema,
  registerSchema,
  updatedProfileSchema,
  updateProfileSchema,
} from "./account.ts";
export {
  type ChatEvent,
  type ChatMessage,
  type Conversation,
  type ConversationDetail,
  chatSchema,
  conversationDetailSchema,
  conversationSchema,
  renameConversationSchema,
} from "./assistant.ts";
export { emptySchema, envelope, errorSchema, id, idParams, type Page, pageOf, pageQuery } from "./common.ts";
export {
  type CustomProviders,
  type CustomProviderWire,
  customConfigSchema,
  customProvidersSchema,
  customSchema,
  newProviderSchema,
  type ProviderTest,
  providerTestSchema,
  updateProviderSchema,
} from "./custom-providers.ts";
export {
  DEFAULT_MODEL,
  imageToImageSchema,
  imageToVideoSchema,
  textToImageSchema,
  textToVideoSchema,
} from "./generation.ts";
export {
  CAPABILITIES,
  DEFAULT_RESOLUTION,
  DEFAULT_STRENGTH,
  DURATION,
  imageCost,
  isHd,
  priceOf,
  SIDE,
  videoCost,
} from "./limits.ts";
export {
  configSchema,
  type ProviderConfig,
  type Providers,
  providerSchema,
  providersSchema,
  updateConfigSchema,
} from "./providers.ts";
export {
  buyVipSchema,
  orderSchema,
  rechargeSchema,
  type StartedPayment,
  startedSchema,
} from "./purchases.ts";
export {
  type Feed,
  feedSchema,
  type PlayCount,
  type Post,
  playSchema,
  postSchema,
  type ReactionCount,
  type Reported,
  type ReportedList,
  reportSchema,
  reportsSchema,
} from "./square.ts";
export {
  type LiveMessage,
  resultSchema,
  type Submitted,
  submittedSchema,
  taskSchema,
  type WorkStatus,
  workStatus,
} from "./tasks.ts";
export { pictureFormSchema, uploadedPictureSchema, uploadedVideoSchema } from "./uploads.ts";
export { renameWorkSchema, type Work, type WorkDetail, workDetailSchema, workSchema } from "./works.ts";
