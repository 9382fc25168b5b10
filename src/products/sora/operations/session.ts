import { createRoute, z } from "@hono/zod-openapi";
import { newRouter } from "../../../http/validation.ts";
import { grantSchema, idParams, messageSchema, sessionSchema } from "../contract.ts";
import { limitPublicCalls, signedIn } from "../limits.ts";
import { fail, respond } from "../respond.ts";
import { ACCESS_TTL_MS, clearRefreshCookie, grantResponse, refreshTokenOf } from "../sessions.ts";
import { toSessionWire } from "../to-wire.ts";
import { BEARER_SECURITY, COOKIE_SECURITY, errors, json, TAGS } from "./operation.ts";

const refreshRoute = createRoute({
  method: "post",
  path: "/api/auth/refresh-token",
  operationId: "soraRefreshToken",
  tags: [TAGS.auth],
  summary: "Refresh the access token",
  description:
    "Exchanges the cookie `refreshToken` for a new access token and a new cookie. A refresh token is valid once. Using it a second time ends the session.",
  security: COOKIE_SECURITY,
  middleware: [limitPublicCalls] as const,
  responses: { 200: json("The new access token", grantSchema), ...errors(401) },
});

const logoutRoute = createRoute({
  method: "post",
  path: "/api/auth/logout",
  operationId: "soraLogout",
  tags: [TAGS.auth],
  summary: "Sign out",
  description:
    "Ends the session: its access and refresh tokens are not valid any more, its sockets close, and it leaves the meetings it joined.",
  security: BEARER_SECURITY,
  middleware: [signedIn] as const,
  responses: { 200: json("Signed out", messageSchema), ...errors(401) },
});

const listRoute = createRoute({
  method: "get",
  path: "/api/auth/sessions",
  operationId: "soraSessions",
  tags: [TAGS.auth],
  summary: "List the sessions of the account",
  description: "Lists the active sessions, the latest first, at most 100.",
  security: BEARER_SECURITY,
  middleware: [signedIn] as const,
  responses: { 200: json("The sessions", z.object({ data: z.array(sessionSchema) })), ...errors(401) },
});

const revokeRoute = createRoute({
  method: "delete",
  path: "/api/auth/sessions/{id}",
  operationId: "soraRevokeSession",
  tags: [TAGS.auth],
  summary: "End a session",
  description: "The tokens of the session are not valid any more.",
  security: BEARER_SECURITY,
  middleware: [signedIn] as const,
  request: { params: idParams },
  responses: { 200: json("Signed out", messageSchema), ...errors(400, 401, 404) },
});

export const session = newRouter()
  .openapi(refreshRoute, async (c) => {
    const token = refreshTokenOf(c);
    const grant = token ? await c.get("services").accountSessions.refresh(token, ACCESS_TTL_MS) : undefined;
    if (grant?.ok) return c.json(grantResponse(c, grant.value), 200);
    clearRefreshCookie(c);
    return fail(c, { code: "session_required" });
  })
  .openapi(logoutRoute, async (c) => {
    const { user, sessionId } = c.get("caller");
    // Another request may have ended the session before; the caller is signed out in both cases.
    await c.get("services").accountSessions.end(user, sessionId);
    clearRefreshCookie(c);
    return c.json({ message: "已退出登录" }, 200);
  })
  .openapi(listRoute, async (c) => {
    const { user, sessionId } = c.get("caller");
    const sessions = await c.get("services").accountSessions.list(user);
    return c.json({ data: sessions.map((one) => toSessionWire(one, sessionId)) }, 200);
  })
  .openapi(revokeRoute, async (c) => {
    const ended = await c.get("services").accountSessions.end(c.get("caller").user, c.req.valid("param").id);
    return respond(c, ended, () => c.json({ message: "会话已结束" }, 200));
  });
