import { createRoute, z } from "@hono/zod-openapi";
import { callerOf } from "../../../http/authentication.ts";
import { KIB, limitBody } from "../../../http/body.ts";
import { followEmailLink } from "../../../http/email-addresses.ts";
import { newRouter } from "../../../http/validation.ts";
import { messageSchema } from "../contract.ts";
import { limitPublicCalls } from "../limits.ts";
import { respond } from "../respond.ts";
import { BEARER_SECURITY, errors, json, jsonBody, TAGS } from "./operation.ts";

const route = createRoute({
  method: "post",
  path: "/api/auth/confirm-email",
  operationId: "soraConfirmEmail",
  tags: [TAGS.auth],
  summary: "Confirm an e-mail address",
  description:
    "Takes the token of a mailed link, like the page `/confirm-email`. To confirm the address of a registration, the caller must be signed in to that account, or the answer is 401; a new address needs only the token. The token is valid once, within one day. No session ends.",
  security: [...BEARER_SECURITY, {}],
  middleware: [limitPublicCalls, limitBody(16 * KIB)] as const,
  request: {
    body: jsonBody(z.object({ token: z.string().min(1).max(256) }), {
      token: "3q2-7wAAdGhlIHRva2VuIG9mIGEgbGluaw",
    }),
  },
  responses: { 200: json("The address is confirmed", messageSchema), ...errors(400, 401, 409, 413) },
});

export const confirmEmail = newRouter().openapi(route, async (c) => {
  const caller = await callerOf(c);
  const confirmed = await followEmailLink(c, c.req.valid("json").token, caller?.user.id);
  return respond(c, confirmed, () => c.json({ message: "邮箱地址已确认" }, 200));
});
