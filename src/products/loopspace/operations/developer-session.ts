import { createRoute } from "@hono/zod-openapi";
import type { IssuedSession } from "../../../core/identity/index.ts";
import { claimsOf, limitAddress, limitRegistrations } from "../../../http/authentication.ts";
import { KIB, limitBody } from "../../../http/body.ts";
import type { AppContext } from "../../../http/context.ts";
import { signIn, signUp } from "../../../http/sign-in.ts";
import { newRouter } from "../../../http/validation.ts";
import { DAY_MS, HOUR_MS, isoTime, MINUTE_MS } from "../../../lib/clock.ts";
import { userIdOf } from "../../../lib/ids.ts";
import { requireOwner } from "../access.ts";
import { registerSchema, sessionSchema, signInSchema } from "../contract/index.ts";
import { respond } from "../respond.ts";
import { errors, json, jsonBody, OWNER_SECURITY, TAGS } from "./operation.ts";

const ACCESS_TTL_MS = DAY_MS;

const limitSignIn = limitAddress("loopspace-login", (c) => [
  { name: "login", limit: c.get("services").settings.LOOPSPACE_LOGIN_LIMIT, windowMs: 15 * MINUTE_MS },
]);

const limitRegister = limitRegistrations("loopspace-register", (c) => [
  { name: "register", limit: c.get("services").settings.LOOPSPACE_REGISTER_LIMIT, windowMs: HOUR_MS },
]);

const registerRoute = createRoute({
  method: "post",
  path: "/api/v1/developer/accounts",
  operationId: "loopspaceRegister",
  tags: [TAGS.developer],
  summary: "Register an account",
  description:
    "Creates an account of the platform and signs it in. The e-mail address and the username are unique regardless of case. One network can create at most 10 accounts per hour, over all products.",
  middleware: [limitRegister, limitBody(16 * KIB)] as const,
  request: {
    body: jsonBody(registerSchema, {
      username: "beatmaker",
      email: "beatmaker@example.com",
      password: "password123",
    }),
  },
  responses: { 201: json("The account, signed in", sessionSchema), ...errors(400, 401, 409, 413) },
});

const signInRoute = createRoute({
  method: "post",
  path: "/api/v1/developer/session",
  operationId: "loopspaceSignIn",
  tags: [TAGS.developer],
  summary: "Sign in",
  description:
    "Signs in by e-mail address or username, as the console does; this also works on a host that serves Loopspace alone. Ten wrong passwords from one network (an IPv4 address, or the /64 of an IPv6 address) lock the account for that network for 15 minutes; 100 wrong passwords within an hour from all networks lock it until that hour is over. The administrator's account is locked after five. A lock does not end open sessions.",
  middleware: [limitSignIn, limitBody(16 * KIB)] as const,
  request: {
    body: jsonBody(signInSchema, { identifier: "beatmaker", password: "password123" }),
  },
  responses: { 201: json("Signed in", sessionSchema), ...errors(400, 401, 413) },
});

const signOutRoute = createRoute({
  method: "delete",
  path: "/api/v1/developer/session",
  operationId: "loopspaceSignOut",
  tags: [TAGS.developer],
  summary: "Sign out",
  description: "Ends the session of the token, which is refused from the next call on.",
  security: OWNER_SECURITY,
  middleware: [requireOwner] as const,
  responses: { 204: { description: "Signed out" }, ...errors(401) },
});

const granted = (c: AppContext, { user, accessToken }: IssuedSession) => {
  c.header("Cache-Control", "no-store");
  const expiresAt = isoTime(Date.now() + ACCESS_TTL_MS);
  return c.json(
    { token: accessToken, expiresAt, user: { id: userIdOf(user.uuid), username: user.username } },
    201,
  );
};

/** Registration, sign-in and sign-out for the developer console. The tokens are accepted by every product. */
export const developerSession = newRouter()
  .openapi(registerRoute, async (c) => {
    const grant = await signUp(c, c.req.valid("json"), ACCESS_TTL_MS);
    return respond(c, grant, (value) => granted(c, value));
  })
  .openapi(signInRoute, async (c) => {
    const { identifier, password } = c.req.valid("json");
    const signed = await signIn(c, identifier, password, ACCESS_TTL_MS);
    return respond(c, signed, (value) => granted(c, value));
  })
  .openapi(signOutRoute, async (c) => {
    const claims = await claimsOf(c);
    // Where another call has already ended the session, the answer is the same.
    if (claims) await c.get("services").accountSessions.end(c.get("access").user, claims.sid);
    return c.body(null, 204);
  });
