import type { MiddlewareHandler } from "hono";
import { clientNetwork } from "../../../http/client.ts";
import { type AppEnv, fail } from "../../../http/context.ts";
import { limitRate } from "../../../http/limits.ts";
import { MINUTE_MS } from "../../../lib/clock.ts";
import type { KeyProblem } from "../../../lib/domain-error.ts";
import { equalSecrets } from "../../../lib/secrets.ts";

/** What `String` makes of a promise: the document's JavaScript class computes its key and does not await it. */
const PROMISE = "[object Promise]";

/** Why a value cannot be a key, whatever the secret is. */
const problemOf = (given: string): KeyProblem | undefined => {
  if (given === PROMISE) return "not_awaited";
  return /^[0-9a-f]{64}$/i.test(given) ? undefined : "not_hex";
};

/** Opens the routes of clients that hold the shared secret. No storage is touched for a wrong key. */
export const requireApiKey: MiddlewareHandler<AppEnv> = async (c, next) => {
  const given = c.req.header("x-api-key");
  if (!given) return fail(c, { code: "api_key_invalid" });
  const problem = problemOf(given);
  if (problem) return fail(c, { code: "api_key_invalid", problem });
  const expected = await c.get("services").musicqrApiKey();
  if (!(await equalSecrets(given.toLowerCase(), expected))) return fail(c, { code: "api_key_invalid" });
  await next();
};

/** Calls with a valid key, by address: a runaway client shall not hold D1's one writer. */
export const limitKeyedCalls = limitRate(
  (c) => `musicqr-key:${clientNetwork(c)}`,
  [{ name: "calls", limit: 600, windowMs: MINUTE_MS }],
);
