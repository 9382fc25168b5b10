export * from "./access.ts";
export * from "./api-keys.ts";
export * from "./facts.ts";
export * from "./usage.ts";
