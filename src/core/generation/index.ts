export { isHdImage, MAX_IMAGES } from "./facts.ts";
export * from "./generator.ts";
export * from "./inputs.ts";
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
export * from "./protocol.ts";
export * from "./runner.ts";
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
