import { createRoute, z } from "@hono/zod-openapi";
import { setCookie } from "hono/cookie";
import { SESSION_TTL_MS } from "../../../core/identity/index.ts";
import { KIB, limitBody } from "../../../http/body.ts";
import { clientNetwork } from "../../../http/client.ts";
import type { AppContext } from "../../../http/context.ts";
import { newRouter } from "../../../http/validation.ts";
import type { DomainError, Failure } from "../../../lib/domain-error.ts";
import { err, ok, type Result } from "../../../lib/result.ts";
import { requireSameOrigin, SESSION_COOKIE } from "../admin-auth.ts";
import { loginPage } from "../pages/login.tsx";
import { fail } from "../respond.ts";
import { errors, json, TAGS } from "./operation.ts";

const DASHBOARD = "/admin/dashboard";
const SIGNED_IN = "登录成功";

const credentials = z.object({ username: z.string().min(1).max(128), password: z.string().min(1).max(256) });
const EXAMPLE: z.input<typeof credentials> = { username: "admin", password: "correct horse battery" };

const route = createRoute({
  method: "post",
  path: "/admin/login",
  operationId: "adminLogin",
  tags: [TAGS.admin],
  summary: "Sign in",
  description:
    "Opens a session of 12 hours in the cookie `session`. A form is answered with a redirect to the dashboard. Five wrong passwords from one network (an IPv4 address, or the /64 of an IPv6 address) lock the account for that network for 15 minutes; 100 in one hour from all networks lock it until the hour is over.",
  request: {
    body: {
      required: true,
      content: {
        "application/json": { schema: credentials, example: EXAMPLE },
        "application/x-www-form-urlencoded": { schema: credentials, example: EXAMPLE },
      },
    },
  },
  responses: {
    200: json(
      "Signed in",
      z.object({ success: z.literal(true), message: z.string(), redirect_url: z.literal(DASHBOARD) }),
    ),
    303: { description: "Signed in with a form" },
    ...errors(400, 401, 403, 413, 429, 500),
  },
});

const signIn = async (
  c: AppContext,
  identifier: string,
  password: string,
): Promise<Result<{ token: string }, Failure<"credentials_invalid" | "rate_limited">>> => {
  const { logins, adminSessions } = c.get("services");
  const proof = await logins.verifyAdministrator({ identifier, password, network: clientNetwork(c) });
  return proof.ok ? ok(await adminSessions.open(proof.value)) : proof;
};

const readCredentials = async (
  c: AppContext,
  isForm: boolean,
): Promise<Result<z.infer<typeof credentials>, Failure<"body_not_json" | "invalid_request">>> => {
  const body: unknown = isForm ? await c.req.parseBody() : await c.req.json().catch(() => undefined);
  if (body === undefined) return err({ code: "body_not_json" });
  const parsed = credentials.safeParse(body);
  if (parsed.success) return ok(parsed.data);
  const issues = parsed.error.issues.map((issue) => ({ path: issue.path.join("."), message: issue.message }));
  return err({ code: "invalid_request", issues });
};

export const adminLogin = newRouter();
adminLogin.openAPIRegistry.registerPath(route);
// Registered by hand, because the route accepts two kinds of body and shows the errors of a form on its page.
adminLogin.post("/admin/login", requireSameOrigin, limitBody(16 * KIB), async (c) => {
  const isForm = /^(application\/x-www-form-urlencoded|multipart\/form-data)/i.test(
    c.req.header("content-type") ?? "",
  );
  const refuse = (error: DomainError) => (isForm ? loginPage(c, error) : fail(c, error));
  const given = await readCredentials(c, isForm);
  if (!given.ok) return refuse(given.error);
  const session = await signIn(c, given.value.username, given.value.password);
  if (!session.ok) return refuse(session.error);
  setCookie(c, SESSION_COOKIE, session.value.token, {
    path: "/admin",
    httpOnly: true,
    sameSite: "Strict",
    secure: c.req.url.startsWith("https:"),
    maxAge: SESSION_TTL_MS / 1_000,
  });
  c.header("Cache-Control", "no-store");
  return isForm
    ? c.redirect(DASHBOARD, 303)
    : c.json({ success: true, message: SIGNED_IN, redirect_url: DASHBOARD });
});
