export { AddressBuckets } from "./address-buckets.ts";
export type { RateDecision, RateLimit } from "./protocol.ts";
