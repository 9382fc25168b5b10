export { type Profile, Social } from "./social.ts";
