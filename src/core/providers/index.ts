export { type KnownProviders, ProviderDirectory } from "./directory.ts";
