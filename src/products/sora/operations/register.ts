import { createRoute, z } from "@hono/zod-openapi";
import { SIGNUP_CREDITS } from "../../../core/credits/facts.ts";
import { emailSchema, passwordSchema, usernameSchema } from "../../../http/account-fields.ts";
import { KIB, limitBody } from "../../../http/body.ts";
import { signUp } from "../../../http/sign-in.ts";
import { newRouter } from "../../../http/validation.ts";
import { grantSchema } from "../contract.ts";
import { limitRegister } from "../limits.ts";
import { respond } from "../respond.ts";
import { ACCESS_TTL_MS, grantResponse } from "../sessions.ts";
import { errors, json, jsonBody, TAGS } from "./operation.ts";

const route = createRoute({
  method: "post",
  path: "/api/auth/register",
  operationId: "soraRegister",
  tags: [TAGS.auth],
  summary: "Register an account",
  description: `Creates an account with ${SIGNUP_CREDITS} credits and signs it in: the access token is in the body, the refresh token in the HttpOnly cookie \`refreshToken\`. E-mail address and username are unique, ignoring case. One network may register at most 10 accounts an hour over all products.`,
  middleware: [limitRegister, limitBody(16 * KIB)] as const,
  request: {
    body: jsonBody(z.object({ email: emailSchema, password: passwordSchema, username: usernameSchema }), {
      email: "user@example.com",
      password: "password123",
      username: "johndoe",
    }),
  },
  responses: { 201: json("The account, signed in", grantSchema), ...errors(400, 401, 409, 413) },
});

export const register = newRouter().openapi(route, async (c) => {
  const grant = await signUp(c, c.req.valid("json"), ACCESS_TTL_MS);
  return respond(c, grant, (value) => c.json(grantResponse(c, value), 201));
});
