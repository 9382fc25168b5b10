import { createRoute, z } from "@hono/zod-openapi";
import type { IssuedSession } from "../../../core/identity/index.ts";
import { emailSchema, passwordSchema, usernameSchema } from "../../../http/account-fields.ts";
import { KIB, limitBody } from "../../../http/body.ts";
import type { AppContext } from "../../../http/context.ts";
import { mailConfirmation } from "../../../http/email-addresses.ts";
import { signIn } from "../../../http/sign-in.ts";
import { newRouter } from "../../../http/validation.ts";
import { DAY_MS, isoTime } from "../../../lib/clock.ts";
import { emptySchema, fullNameSchema, grantSchema, newUserSchema } from "../contract/index.ts";
import { limitLogin, limitPublicCalls, limitRegister, signedIn } from "../limits.ts";
import { fail, respond } from "../respond.ts";
import { reply, toUser } from "../to-wire.ts";
import { BEARER_SECURITY, data, errors, jsonBody, TAGS } from "./operation.ts";

const ACCESS_TTL_MS = DAY_MS;

const registerRoute = createRoute({
  method: "post",
  path: "/api/v1/auth/register",
  operationId: "meetingRegister",
  tags: [TAGS.auth],
  summary: "Register an account",
  description:
    "On an origin that several products share, `full_name` marks a request of this product. A username that is taken is answered with 1001, an e-mail address that is taken with 1002. One network may register at most 10 accounts an hour over all products.",
  middleware: [limitRegister, limitBody(16 * KIB)] as const,
  request: {
    body: jsonBody(
      z.object({
        username: usernameSchema,
        email: emailSchema,
        password: passwordSchema,
        full_name: fullNameSchema.optional(),
      }),
      { username: "zhangsan", email: "zhangsan@example.com", password: "password123", full_name: "张三" },
    ),
  },
  responses: {
    201: data("The account", newUserSchema),
    ...errors(400, 413),
  },
});

const loginRoute = createRoute({
  method: "post",
  path: "/api/v1/auth/login",
  operationId: "meetingLogin",
  tags: [TAGS.auth],
  summary: "Sign in",
  description:
    "`username` is the username or the e-mail address. On an origin that several products share, `username` marks a request of this product. Wrong credentials are answered with 1004, also if the account does not exist. Ten wrong passwords from one network lock the account for that network for 15 minutes; 100 in one hour from all networks lock it until the hour is over.",
  middleware: [limitLogin, limitBody(16 * KIB)] as const,
  request: {
    body: jsonBody(
      z.object({
        username: z.string().trim().min(3).max(254),
        password: z.string().min(1).max(256).openapi({ format: "password" }),
      }),
      { username: "zhangsan", password: "password123" },
    ),
  },
  responses: { 200: data("Signed in", grantSchema), ...errors(400, 401, 413) },
});

const refreshRoute = createRoute({
  method: "post",
  path: "/api/v1/auth/refresh",
  operationId: "meetingRefresh",
  tags: [TAGS.auth],
  summary: "Refresh the token",
  description: "A refresh token is valid once. Using it a second time ends the session.",
  middleware: [limitPublicCalls, limitBody(16 * KIB)] as const,
  request: {
    body: jsonBody(z.object({ refresh_token: z.string().min(1).max(512) }), { refresh_token: "mrt_…" }),
  },
  responses: { 200: data("The new tokens", grantSchema), ...errors(400, 401, 413) },
});

const logoutRoute = createRoute({
  method: "post",
  path: "/api/v1/auth/logout",
  operationId: "meetingLogout",
  tags: [TAGS.auth],
  summary: "Sign out",
  description:
    "Ends the session: its tokens are not valid any more, its sockets close, and it leaves the meetings it joined.",
  security: BEARER_SECURITY,
  middleware: [signedIn] as const,
  responses: { 200: data("Signed out", emptySchema), ...errors(401) },
});

const granted = (c: AppContext, grant: IssuedSession): z.output<typeof grantSchema> => {
  c.header("Cache-Control", "no-store");
  return {
    access_token: grant.accessToken,
    refresh_token: grant.refreshToken,
    token_type: "Bearer",
    expires_in: ACCESS_TTL_MS / 1_000,
    user: toUser(grant.user),
  };
};

export const auth = newRouter()
  .openapi(registerRoute, async (c) => {
    const { full_name: fullName, ...identity } = c.req.valid("json");
    const account = await c.get("services").accounts.register({ ...identity, fullName });
    if (!account.ok) return fail(c, account.error);
    const { user } = account.value;
    mailConfirmation(c, user);
    return reply(
      c,
      { ...toUser(user), created_at: isoTime(user.createdAt) },
      { status: 201, message: "User registered successfully" },
    );
  })
  .openapi(loginRoute, async (c) => {
    const { username, password } = c.req.valid("json");
    const signed = await signIn(c, username, password, ACCESS_TTL_MS);
    return respond(c, signed, (value) => reply(c, granted(c, value), { message: "Login successful" }));
  })
  .openapi(refreshRoute, async (c) => {
    const { refresh_token } = c.req.valid("json");
    const grant = await c.get("services").accountSessions.refresh(refresh_token, ACCESS_TTL_MS);
    return respond(c, grant, (value) => reply(c, granted(c, value)));
  })
  .openapi(logoutRoute, async (c) => {
    const { user, sessionId } = c.get("caller");
    // Another request may have ended the session before; the caller is signed out in both cases.
    await c.get("services").accountSessions.end(user, sessionId);
    return reply(c, {}, { message: "Logged out" });
  });
