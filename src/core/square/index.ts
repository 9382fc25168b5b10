export * from "./square.ts";
