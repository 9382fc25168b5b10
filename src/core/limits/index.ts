export { AddressBuckets } from "./address-buckets.ts";
export type { RateDecision, RateLimit } from "./protocol.ts";
export { type LimitStore, rateLimited } from "./refusal.ts";
