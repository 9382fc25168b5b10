export * from "./headers.ts";
export * from "./protocol.ts";
export { isReferenced } from "./referenced-objects.ts";
