export * from "./generator.ts";
export * from "./models.ts";
export * from "./protocol.ts";
export { sandboxProvider } from "./providers/sandbox.ts";
export * from "./providers/spec.ts";
export * from "./runner.ts";
export {
  type Failure,
  isTerminal,
  mediaKeyOf,
  progressOf,
  type Task,
  type TaskProgress,
  type TaskRow,
  type TaskState,
  taskProgressSchema,
  thumbnailKeyOf,
  type VideoParams,
  versionOf,
} from "./task.ts";
