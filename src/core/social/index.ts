export * from "./social.ts";
