import type { MiddlewareHandler } from "hono";
import { clientNetwork } from "../../../http/client.ts";
import { type AppEnv, fail } from "../../../http/context.ts";
import { limitRate } from "../../../http/limits.ts";
import { MINUTE_MS } from "../../../lib/clock.ts";
import { equalSecrets } from "../../../lib/secrets.ts";

/** Opens the routes of clients that hold the shared secret. No storage is touched for a wrong key. */
export const requireApiKey: MiddlewareHandler<AppEnv> = async (c, next) => {
  const given = c.req.header("x-api-key");
  const expected = await c.get("services").musicqrApiKey();
  if (!given || !(await equalSecrets(given.toLowerCase(), expected)))
    return fail(c, { code: "api_key_invalid" });
  await next();
};

/** Calls with a valid key, by address: a runaway client shall not hold D1's one writer. */
export const limitKeyedCalls = limitRate(
  (c) => `musicqr-key:${clientNetwork(c)}`,
  [{ name: "calls", limit: 600, windowMs: MINUTE_MS }],
);
