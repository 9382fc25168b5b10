import type { MiddlewareHandler } from "hono";
import { clientNetwork } from "../../../http/client.ts";
import { type AppEnv, fail } from "../../../http/context.ts";
import { limitRate } from "../../../http/limits.ts";
import { MINUTE_MS } from "../../../lib/clock.ts";
import type { KeyProblem } from "../../../lib/domain-error.ts";
import { equalSecrets } from "../../../lib/secrets.ts";

/** The text of a promise. The example class in the API document computes its key without awaiting it. */
const PROMISE = "[object Promise]";

/** Returns why a value cannot be a key for any secret; undefined if it can be one. */
const problemOf = (given: string): KeyProblem | undefined => {
  if (given === PROMISE) return "not_awaited";
  return /^[0-9a-f]{64}$/i.test(given) ? undefined : "not_hex";
};

/** Requires the API key, which proves the shared secret. A wrong key costs no access to storage. */
export const requireApiKey: MiddlewareHandler<AppEnv> = async (c, next) => {
  const given = c.req.header("x-api-key");
  if (!given) return fail(c, { code: "api_key_invalid" });
  const problem = problemOf(given);
  if (problem) return fail(c, { code: "api_key_invalid", problem });
  const expected = await c.get("services").clientKey.value();
  if (!(await equalSecrets(given.toLowerCase(), expected))) return fail(c, { code: "api_key_invalid" });
  await next();
};

/** Limits calls with a valid key by network, so that a runaway client cannot occupy D1's single writer. */
export const limitKeyedCalls = limitRate(
  (c) => `musicqr-key:${clientNetwork(c)}`,
  [{ name: "calls", limit: 600, windowMs: MINUTE_MS }],
);
