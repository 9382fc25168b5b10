export * from "./entry.ts";
export * from "./wallet.ts";
