export { type Access, formatScope, parseScopes, storedScopes } from "./access.ts";
export { type ApiKey, ApiKeys } from "./api-keys.ts";
export { ENVIRONMENTS, type Environment, SCOPES, type Scope } from "./facts.ts";
export { Usage, UsageCounter } from "./usage.ts";
