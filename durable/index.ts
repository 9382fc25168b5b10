export { RateLimiter } from "./rate-limiter.ts";
