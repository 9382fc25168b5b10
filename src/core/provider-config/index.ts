export * from "./key-vault.ts";
export * from "./provider-config.ts";
