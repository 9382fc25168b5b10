import { createRoute, z } from "@hono/zod-openapi";
import { passwordSchema } from "../../../http/account-fields.ts";
import { KIB, limitBody } from "../../../http/body.ts";
import { newRouter } from "../../../http/validation.ts";
import { messageSchema } from "../contract.ts";
import { limitPublicCalls } from "../limits.ts";
import { respond } from "../respond.ts";
import { errors, json, jsonBody, TAGS } from "./operation.ts";

const route = createRoute({
  method: "post",
  path: "/api/auth/reset-password",
  operationId: "soraResetPassword",
  tags: [TAGS.auth],
  summary: "Reset the password",
  description:
    "Takes the token of the mailed link. Ends all access to the account: sessions with their sockets and places in meetings, API keys, the authorizations of applications, and the tokens of the account's own applications, which need a new secret to get new ones. Webhooks and applications are not deleted. If the account had not confirmed its address, they are switched off.",
  middleware: [limitPublicCalls, limitBody(16 * KIB)] as const,
  request: {
    body: jsonBody(z.object({ token: z.string().min(1).max(256), password: passwordSchema }), {
      token: "prt_…",
      password: "another password 456",
    }),
  },
  responses: { 200: json("The password was reset", messageSchema), ...errors(400, 413) },
});

export const resetPassword = newRouter().openapi(route, async (c) => {
  const { token, password } = c.req.valid("json");
  const reset = await c.get("services").passwordResets.reset(token, password);
  return respond(c, reset, () => c.json({ message: "密码已重置，请重新登录" }, 200));
});
