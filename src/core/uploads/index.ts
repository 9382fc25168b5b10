export * from "./headers.ts";
export * from "./protocol.ts";
