import { createRoute } from "@hono/zod-openapi";
import { SIGNUP_CREDITS } from "../../../core/credits/facts.ts";
import type { IssuedSession } from "../../../core/identity/index.ts";
import { KIB, limitBody } from "../../../http/body.ts";
import type { AppContext } from "../../../http/context.ts";
import { signIn, signUp } from "../../../http/sign-in.ts";
import { newRouter } from "../../../http/validation.ts";
import { DAY_MS } from "../../../lib/clock.ts";
import { emptySchema, grantSchema, loginSchema, registerSchema } from "../contract/index.ts";
import { limitLogin, limitRegister, signedIn } from "../limits.ts";
import { reply } from "../reply.ts";
import { respond } from "../respond.ts";
import { BEARER_SECURITY, data, errors, jsonBody, TAGS } from "./operation.ts";

const ACCESS_TTL_MS = DAY_MS;

const registerRoute = createRoute({
  method: "post",
  path: "/api/v1/auth/register",
  operationId: "studioRegister",
  tags: [TAGS.users],
  summary: "Register an account",
  description: `Creates an account with ${SIGNUP_CREDITS} credits of computing power and signs it in. Username and e-mail address are unique, ignoring case. One network may register at most 10 accounts an hour over all products.`,
  middleware: [limitRegister, limitBody(16 * KIB)] as const,
  request: {
    body: jsonBody(registerSchema, {
      username: "lixiaoming",
      email: "xiaoming@example.com",
      password: "password123",
    }),
  },
  responses: { 201: data("The account, signed in", grantSchema), ...errors(400, 401, 409, 413) },
});

const loginRoute = createRoute({
  method: "post",
  path: "/api/v1/auth/login",
  operationId: "studioLogin",
  tags: [TAGS.users],
  summary: "Sign in",
  description:
    "`email` is the e-mail address or the username. Ten wrong passwords from one network (an IPv4 address, or the /64 of an IPv6 address) lock the account for that network for 15 minutes; 100 in one hour from all networks lock it until the hour is over. The administrator's account is locked after five. Open sessions stay open.",
  middleware: [limitLogin, limitBody(16 * KIB)] as const,
  request: {
    body: jsonBody(loginSchema, { email: "xiaoming@example.com", password: "password123" }),
  },
  responses: { 200: data("Signed in", grantSchema), ...errors(400, 401, 413) },
});

const logoutRoute = createRoute({
  method: "post",
  path: "/api/v1/user/logout",
  operationId: "studioLogout",
  tags: [TAGS.users],
  summary: "Sign out",
  description: "Ends the session: its token is not valid any more, and its sockets close.",
  security: BEARER_SECURITY,
  middleware: [signedIn] as const,
  responses: { 200: data("Signed out", emptySchema), ...errors(401) },
});

const granted = (c: AppContext, { user, accessToken }: IssuedSession) => {
  c.header("Cache-Control", "no-store");
  return {
    user: { id: user.uuid, username: user.username, email: user.email ?? "" },
    token: accessToken,
  };
};

export const accounts = newRouter()
  .openapi(registerRoute, async (c) => {
    const grant = await signUp(c, c.req.valid("json"), ACCESS_TTL_MS);
    return respond(c, grant, (value) => reply(c, granted(c, value), 201));
  })
  .openapi(loginRoute, async (c) => {
    const { email, password } = c.req.valid("json");
    const signed = await signIn(c, email, password, ACCESS_TTL_MS);
    return respond(c, signed, (value) => reply(c, granted(c, value)));
  })
  .openapi(logoutRoute, async (c) => {
    const { user, sessionId } = c.get("caller");
    // Another request may have ended the session before; the caller is signed out in both cases.
    await c.get("services").accountSessions.end(user, sessionId);
    return reply(c, {});
  });
