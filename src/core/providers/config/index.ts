export * from "./provider-config.ts";
