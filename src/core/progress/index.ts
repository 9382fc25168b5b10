export { CLOSE_DISPLACED, type ProgressEvent, progressEventSchema, userTopic } from "./protocol.ts";
