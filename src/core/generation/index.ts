export * from "./generator.ts";
export * from "./models.ts";
export * from "./protocol.ts";
export { RunwayProvider } from "./providers/runway.ts";
export { sandboxProvider } from "./providers/sandbox.ts";
export { SoraProvider } from "./providers/sora.ts";
export * from "./providers/spec.ts";
export { VeoProvider } from "./providers/veo.ts";
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
