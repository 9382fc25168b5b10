import type { MiddlewareHandler } from "hono";
import { getCookie } from "hono/cookie";
import type { AdminSession } from "../../core/identity/index.ts";
import { type AppContext, type AppEnv, fail } from "../../http/context.ts";
import type { Failure } from "../../lib/domain-error.ts";
import { err, type Result } from "../../lib/result.ts";

export { requireSameOrigin } from "../../http/same-origin.ts";

export const SESSION_COOKIE = "session";

/** Returns the administrator's session of a request. Costs one D1 read, or none without a cookie. */
export const adminSession = async (
  c: AppContext,
): Promise<Result<AdminSession, Failure<"session_required">>> => {
  const token = getCookie(c, SESSION_COOKIE);
  if (!token) return err({ code: "session_required" });
  return c.get("services").adminSessions.find(token);
};

/** For the JSON API: answers 401 without a session. */
export const requireAdmin: MiddlewareHandler<AppEnv> = async (c, next) => {
  const session = await adminSession(c);
  if (!session.ok) return fail(c, session.error);
  c.header("Cache-Control", "no-store");
  await next();
};

/** For pages: redirects to the sign-in page without a session. */
export const requireAdminPage: MiddlewareHandler<AppEnv> = async (c, next) => {
  const session = await adminSession(c);
  if (!session.ok) return c.redirect("/admin/login", 303);
  c.header("Cache-Control", "no-store");
  await next();
};
