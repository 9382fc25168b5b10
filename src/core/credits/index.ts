export * from "./entry.ts";
export { SIGNUP_CREDITS } from "./facts.ts";
export * from "./wallet.ts";
