import { createRoute, z } from "@hono/zod-openapi";
import {
  currentPasswordSchema,
  emailSchema,
  endOtherAccessSchema,
  passwordSchema,
  pendingEmailSchema,
  usernameSchema,
} from "../../../http/account-fields.ts";
import { KIB, limitBody, MIB } from "../../../http/body.ts";
import { fail } from "../../../http/context.ts";
import { changeProfile } from "../../../http/email-addresses.ts";
import { fileField, newRouter } from "../../../http/validation.ts";
import { FORM_BYTES } from "../generation.ts";
import { signedIn } from "../limits.ts";
import { avatarUrlOf } from "../urls.ts";
import { id, nothing, reply } from "../wire.ts";
import { BEARER_SECURITY, data, errors, formBody, jsonBody, TAGS } from "./operation.ts";

const MAX_AVATAR_BYTES = 5 * MIB;

const updateRoute = createRoute({
  method: "put",
  path: "/api/v1/user/profile",
  operationId: "studioUpdateProfile",
  tags: [TAGS.users],
  summary: "Change name and address",
  description:
    "What is left out stays. Role, plan and computing power cannot be changed here. A new `email` needs `currentPassword` (400 without, 403 where it is wrong), is answered with the old `email` and `pendingEmail`, and holds once the link mailed to it was followed; the old address is told. The present `email` needs no password and cancels a change that waits. An account may ask for three changes an hour, and three an hour are asked of one address, over all accounts; more are 429.",
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
        .refine(({ username, email }) => username !== undefined || email !== undefined, "nothing to change"),
      { username: "li_xiaoming" },
    ),
  },
  responses: {
    200: data(
      "The account",
      z.object({ id, username: z.string(), email: z.string(), pendingEmail: pendingEmailSchema }),
    ),
    ...errors(400, 401, 403, 409, 413),
  },
});

const passwordRoute = createRoute({
  method: "put",
  path: "/api/v1/user/password",
  operationId: "studioChangePassword",
  tags: [TAGS.users],
  summary: "Change the password",
  description:
    "Ends every session of the account, this one too, with its sockets and seats in meetings: sign in again with the new one. Ten wrong current passwords make the session wait for 15 minutes.",
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
  responses: { 200: data("The password is changed", nothing), ...errors(400, 401, 403, 413) },
});

const avatarRoute = createRoute({
  method: "post",
  path: "/api/v1/user/avatar",
  operationId: "studioAvatar",
  tags: [TAGS.users],
  summary: "Upload a picture of the account",
  description:
    "JPEG, PNG, WebP or GIF up to 5 MB in the field `file`, by its bytes. It is cut to 256×256 and kept as WebP, without the camera's data.",
  security: BEARER_SECURITY,
  middleware: [signedIn, limitBody(MAX_AVATAR_BYTES + FORM_BYTES)] as const,
  request: { body: formBody(z.object({ file: fileField })) },
  responses: { 200: data("Where it is", z.object({ avatar: z.url() })), ...errors(400, 401, 413) },
});

export const accountSettings = newRouter()
  .openapi(updateRoute, async (c) => {
    const updated = await changeProfile(c, c.req.valid("json"));
    if (!updated.ok) return fail(c, updated.error) as never;
    const { uuid, username, email, pendingEmail } = updated.value;
    return reply(c, {
      id: uuid,
      username,
      email: email ?? "",
      ...(pendingEmail !== null && { pendingEmail }),
    });
  })
  .openapi(passwordRoute, async (c) => {
    const { currentPassword, newPassword, endOtherAccess } = c.req.valid("json");
    const { accounts } = c.get("services");
    const options = { endOtherAccess };
    const changed = await accounts.changePassword(c.get("caller"), currentPassword, newPassword, options);
    return changed.ok ? reply(c, {}) : (fail(c, changed.error) as never);
  })
  .openapi(avatarRoute, async (c) => {
    const { file } = c.req.valid("form");
    if (file.size > MAX_AVATAR_BYTES)
      return fail(c, { code: "body_too_large", limitBytes: MAX_AVATAR_BYTES }) as never;
    const bytes = new Uint8Array(await file.arrayBuffer());
    const set = await c.get("services").avatars.set(c.get("caller").user, bytes);
    return set.ok ? reply(c, { avatar: avatarUrlOf(c, set.value) }) : (fail(c, set.error) as never);
  });
