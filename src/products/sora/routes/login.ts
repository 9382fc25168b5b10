import { createRoute, z } from "@hono/zod-openapi";
import { foldName, type Grant } from "../../../core/identity/index.ts";
import { KIB, limitBody } from "../../../http/body.ts";
import { type AppContext, fail } from "../../../http/context.ts";
import { retryAfterSeconds } from "../../../http/limits.ts";
import { newRouter } from "../../../http/validation.ts";
import { MINUTE_MS } from "../../../lib/clock.ts";
import { err, ok, type Result } from "../../../lib/result.ts";
import { limitLogin } from "../limits.ts";
import { ACCESS_TTL_MS, handOver, sessionClientOf } from "../sessions.ts";
import { grantSchema } from "../wire.ts";
import { errors, json, jsonBody, TAGS } from "./operation.ts";

/** Wrong passwords of one account, from wherever: the right one ends the count. */
const ACCOUNT_LIMIT = [{ name: "passwords", limit: 10, windowMs: 15 * MINUTE_MS }];

const route = createRoute({
  method: "post",
  path: "/api/auth/login",
  operationId: "soraLogin",
  tags: [TAGS.auth],
  summary: "Sign in",
  description:
    "By e-mail address or username. Ten wrong passwords for one account within 15 minutes, from wherever they come, make it wait.",
  middleware: [limitLogin, limitBody(16 * KIB)] as const,
  request: {
    body: jsonBody(
      z.object({
        email: z.string().trim().min(3).max(254).openapi({ example: "user@example.com" }),
        password: z.string().min(1).max(256).openapi({ format: "password", example: "password123" }),
      }),
    ),
  },
  responses: { 200: json("Signed in", grantSchema), ...errors(400, 401, 413) },
});

const signIn = async (c: AppContext, identifier: string, password: string): Promise<Result<Grant>> => {
  const services = c.get("services");
  const key = `login:account:${foldName(identifier)}`;
  // Counted before the password is looked at: guesses sent at once are as many as guesses in a row.
  const decision = await services.takeFromLimits(key, ACCOUNT_LIMIT);
  if (!decision.allowed) {
    return err({
      code: "rate_limited",
      retryAfterSeconds: retryAfterSeconds(decision.resetAt, Date.now()),
    });
  }
  const verified = await services.verifyPassword(identifier, password);
  if (!verified.ok) return verified;
  const { user, credentialTag } = verified.value;
  const [grant] = await Promise.all([
    services.accountSessions.open(user, sessionClientOf(c), ACCESS_TTL_MS, credentialTag),
    services.resetLimits(key),
  ]);
  return ok(grant);
};

export const login = newRouter().openapi(route, async (c) => {
  const { email, password } = c.req.valid("json");
  const signedIn = await signIn(c, email, password);
  if (!signedIn.ok) return fail(c, signedIn.error) as never;
  return c.json(handOver(c, signedIn.value), 200);
});
