import { createRoute, z } from "@hono/zod-openapi";
import { deleteCookie, getCookie } from "hono/cookie";
import { wantsPage } from "../../../http/client.ts";
import { newRouter } from "../../../http/validation.ts";
import { adminSession, requireSameOrigin, SESSION_COOKIE } from "../admin-auth.ts";
import { fail } from "../respond.ts";
import { isoTime } from "../to-wire.ts";
import { errors, json, SESSION_SECURITY, TAGS } from "./operation.ts";

const sessionRoute = createRoute({
  method: "get",
  path: "/admin/api/session",
  operationId: "adminSession",
  tags: [TAGS.admin],
  summary: "Get the current session",
  description: "Returns the administrator of the session cookie and the time when the session ends.",
  security: SESSION_SECURITY,
  responses: {
    200: json(
      "The session",
      z.object({
        success: z.literal(true),
        data: z.object({ username: z.string(), expires_date: z.string() }),
      }),
    ),
    ...errors(401, 500),
  },
});

const logoutRoute = createRoute({
  method: "post",
  path: "/admin/logout",
  operationId: "adminLogout",
  tags: [TAGS.admin],
  summary: "Sign out",
  description:
    "Ends the session at once for each copy of its cookie. A browser is redirected to the sign-in page.",
  middleware: [requireSameOrigin] as const,
  responses: {
    200: json("Signed out", z.object({ success: z.literal(true), message: z.string() })),
    303: { description: "Signed out with a form" },
    ...errors(403, 500),
  },
});

export const adminSessionRoutes = newRouter();

adminSessionRoutes.openapi(sessionRoute, async (c) => {
  const session = await adminSession(c);
  if (!session.ok) return fail(c, session.error);
  c.header("Cache-Control", "no-store");
  const { username, expiresAt } = session.value;
  return c.json({ success: true as const, data: { username, expires_date: isoTime(expiresAt) } }, 200);
});

adminSessionRoutes.openapi(logoutRoute, async (c) => {
  const token = getCookie(c, SESSION_COOKIE);
  if (token) await c.get("services").adminSessions.close(token);
  deleteCookie(c, SESSION_COOKIE, { path: "/admin" });
  if (wantsPage(c)) return c.redirect("/admin/login", 303);
  return c.json({ success: true as const, message: "已退出登录" }, 200);
});
