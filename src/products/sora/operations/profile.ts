import { createRoute, z } from "@hono/zod-openapi";
import {
  currentPasswordSchema,
  emailSchema,
  endOtherAccessSchema,
  passwordSchema,
  usernameSchema,
} from "../../../http/account-fields.ts";
import { KIB, limitBody } from "../../../http/body.ts";
import { changeProfile } from "../../../http/email-addresses.ts";
import { newRouter } from "../../../http/validation.ts";
import { messageSchema, userSchema } from "../contract.ts";
import { signedIn } from "../limits.ts";
import { fail, respond } from "../respond.ts";
import { clearRefreshCookie } from "../sessions.ts";
import { toUserWire } from "../to-wire.ts";
import { avatarUrlOf } from "../urls.ts";
import { BEARER_SECURITY, errors, json, jsonBody, TAGS } from "./operation.ts";

const PATH = "/api/users/profile";

const getRoute = createRoute({
  method: "get",
  path: PATH,
  operationId: "soraProfile",
  tags: [TAGS.users],
  summary: "Get the caller's account",
  description: "The current data of the account.",
  security: BEARER_SECURITY,
  middleware: [signedIn] as const,
  responses: { 200: json("The account", userSchema), ...errors(401) },
});

const updateRoute = createRoute({
  method: "put",
  path: PATH,
  operationId: "soraUpdateProfile",
  tags: [TAGS.users],
  summary: "Update the username or the e-mail address",
  description:
    "Fields that are not sent keep their value. Role, plan and credits cannot be changed here. A new `email` needs `currentPassword` (400 if it is missing, 403 if it is wrong). The response then contains the old `email` and the new one as `pendingEmail`. The new address takes effect when its owner follows the link in the mail to it; the old address is notified. The current `email` needs no password and cancels a pending change. An account may request three changes an hour, and one address may be requested three times an hour over all accounts; further requests are answered with 429.",
  security: BEARER_SECURITY,
  middleware: [signedIn, limitBody(16 * KIB)] as const,
  request: {
    body: jsonBody(
      z
        .object({
          username: usernameSchema.optional(),
          email: emailSchema.optional(),
          currentPassword: currentPasswordSchema,
        })
        .refine(
          ({ username, email }) => username !== undefined || email !== undefined,
          "username or email is required",
        ),
      { username: "john_doe" },
    ),
  },
  responses: { 200: json("The account", userSchema), ...errors(400, 401, 403, 409, 413) },
});

const passwordRoute = createRoute({
  method: "put",
  path: "/api/users/password",
  operationId: "soraChangePassword",
  tags: [TAGS.users],
  summary: "Change the password",
  description:
    "Ends all sessions of the account, including the current one, closes their sockets and removes the account from the meetings it is in. Sign in again with the new password. After ten wrong current passwords the session must wait 15 minutes.",
  security: BEARER_SECURITY,
  middleware: [signedIn, limitBody(16 * KIB)] as const,
  request: {
    body: jsonBody(
      z.object({
        currentPassword: z.string().min(1).max(256),
        newPassword: passwordSchema,
        endOtherAccess: endOtherAccessSchema,
      }),
      { currentPassword: "password123", newPassword: "another password 456", endOtherAccess: false },
    ),
  },
  responses: { 200: json("The password was changed", messageSchema), ...errors(400, 401, 403, 413) },
});

export const profile = newRouter()
  .openapi(getRoute, (c) => c.json(toUserWire(c.get("caller").user, avatarUrlOf(c)), 200))
  .openapi(updateRoute, async (c) => {
    const updated = await changeProfile(c, c.req.valid("json"));
    return respond(c, updated, (value) => c.json(toUserWire(value, avatarUrlOf(c)), 200));
  })
  .openapi(passwordRoute, async (c) => {
    const { currentPassword, newPassword, endOtherAccess } = c.req.valid("json");
    const { accounts } = c.get("services");
    const options = { endOtherAccess };
    const changed = await accounts.changePassword(c.get("caller"), currentPassword, newPassword, options);
    if (!changed.ok) return fail(c, changed.error);
    clearRefreshCookie(c);
    return c.json({ message: "密码已修改，请重新登录" }, 200);
  });
