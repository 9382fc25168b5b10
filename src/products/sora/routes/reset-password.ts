import { createRoute, z } from "@hono/zod-openapi";
import { passwordSchema } from "../../../http/account-fields.ts";
import { KIB, limitBody } from "../../../http/body.ts";
import { fail } from "../../../http/context.ts";
import { newRouter } from "../../../http/validation.ts";
import { anybody } from "../limits.ts";
import { messageSchema } from "../wire.ts";
import { errors, json, jsonBody, TAGS } from "./operation.ts";

const route = createRoute({
  method: "post",
  path: "/api/auth/reset-password",
  operationId: "soraResetPassword",
  tags: [TAGS.auth],
  summary: "Set a new password",
  description:
    "With the token of the mailed link. Ends everything that opens the account: sessions with their sockets and seats in meetings, API keys, what applications were allowed, and the tokens of the account's own applications, which get them again with a new secret. Webhooks and applications are not deleted; those of an account that had not confirmed its address are switched off.",
  middleware: [anybody, limitBody(16 * KIB)] as const,
  request: {
    body: jsonBody(z.object({ token: z.string().min(1).max(256), password: passwordSchema }), {
      token: "prt_…",
      password: "another password 456",
    }),
  },
  responses: { 200: json("The password is set", messageSchema), ...errors(400, 413) },
});

export const resetPassword = newRouter().openapi(route, async (c) => {
  const { token, password } = c.req.valid("json");
  const reset = await c.get("services").passwordResets.reset(token, password);
  return reset.ok ? c.json({ message: "密码已重置，请重新登录" }, 200) : (fail(c, reset.error) as never);
});
