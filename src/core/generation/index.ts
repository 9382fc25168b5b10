export { isHdImage, MAX_IMAGES } from "./facts.ts";
export { Generator } from "./generator.ts";
export { Inputs, MAX_INPUT_BYTES } from "./inputs.ts";
export type { NewImages, NewTask, NewVideo } from "./new-task.ts";
export {
  LAST_RUNNING_VERSION,
  progressEventOf,
  resultOf,
  type TaskProgress,
  type TaskResult,
  taskProgressSchema,
  versionOf,
} from "./progress.ts";
export { taskMessageSchema } from "./protocol.ts";
export { type Breaker, Runner } from "./runner.ts";
export {
  asVideoTask,
  type Failure,
  type GeneratedImage,
  type ImageParams,
  type ImageTask,
  inputKeyOf,
  isTerminal,
  mediaKeyOf,
  type Task,
  type TaskRow,
  type TaskState,
  thumbnailKeyOf,
  toTask,
  type VideoParams,
  type VideoTask,
} from "./task.ts";
