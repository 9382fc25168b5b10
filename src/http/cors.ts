import { cors } from "hono/cors";

/**
 * Answers preflights of interfaces that carry their key in a header: any page may call them, none gets a cookie through.
 * The answers themselves get their header with all the others, see `standardHeaders`.
 */
export const preflight = cors({
  origin: "*",
  allowMethods: ["GET", "HEAD", "POST", "PUT", "DELETE"],
  allowHeaders: ["Content-Type", "X-API-Key", "Authorization", "Idempotency-Key"],
  maxAge: 86_400,
});
