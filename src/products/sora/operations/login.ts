import { createRoute, z } from "@hono/zod-openapi";
import { KIB, limitBody } from "../../../http/body.ts";
import { signIn } from "../../../http/sign-in.ts";
import { newRouter } from "../../../http/validation.ts";
import { grantSchema } from "../contract.ts";
import { limitLogin } from "../limits.ts";
import { fail } from "../respond.ts";
import { ACCESS_TTL_MS, grantResponse } from "../sessions.ts";
import { errors, json, jsonBody, TAGS } from "./operation.ts";

const route = createRoute({
  method: "post",
  path: "/api/auth/login",
  operationId: "soraLogin",
  tags: [TAGS.auth],
  summary: "Sign in",
  description:
    "`email` is the e-mail address or the username. Ten wrong passwords from one network (an IPv4 address, or the /64 of an IPv6 address) lock the account for that network for 15 minutes; 100 in one hour from all networks lock it until the hour is over. The administrator's account is locked after five. Open sessions stay open.",
  middleware: [limitLogin, limitBody(16 * KIB)] as const,
  request: {
    body: jsonBody(
      z.object({
        email: z.string().trim().min(3).max(254).openapi({ example: "user@example.com" }),
        password: z.string().min(1).max(256).openapi({ format: "password", example: "password123" }),
      }),
      { email: "user@example.com", password: "password123" },
    ),
  },
  responses: { 200: json("Signed in", grantSchema), ...errors(400, 401, 413) },
});

export const login = newRouter().openapi(route, async (c) => {
  const { email, password } = c.req.valid("json");
  const signedIn = await signIn(c, email, password, ACCESS_TTL_MS);
  if (!signedIn.ok) return fail(c, signedIn.error);
  return c.json(grantResponse(c, signedIn.value), 200);
});
