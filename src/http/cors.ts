import { cors } from "hono/cors";

/** For interfaces that carry their key in a header: any page may call them, none gets a cookie through. */
export const publicCors = cors({
  origin: "*",
  allowMethods: ["GET", "HEAD", "POST", "OPTIONS"],
  allowHeaders: ["Content-Type", "X-API-Key"],
  exposeHeaders: ["X-Request-Id", "X-RateLimit-Limit", "X-RateLimit-Remaining", "X-RateLimit-Reset", "Retry-After"],
  maxAge: 86_400,
});
