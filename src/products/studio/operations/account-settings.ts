import { createRoute } from "@hono/zod-openapi";
import { KIB, limitBody, MIB } from "../../../http/body.ts";
import { changeProfile } from "../../../http/email-addresses.ts";
import { newRouter } from "../../../http/validation.ts";
import { megabytes } from "../../../lib/sizes.ts";
import {
  avatarFormSchema,
  avatarSchema,
  changePasswordSchema,
  emptySchema,
  updatedProfileSchema,
  updateProfileSchema,
} from "../contract/index.ts";
import { FORM_BYTES } from "../generation.ts";
import { signedIn } from "../limits.ts";
import { reply } from "../reply.ts";
import { fail, respond } from "../respond.ts";
import { avatarUrlOf } from "../urls.ts";
import { BEARER_SECURITY, data, errors, formBody, jsonBody, TAGS } from "./operation.ts";

const MAX_AVATAR_BYTES = 5 * MIB;

const updateRoute = createRoute({
  method: "put",
  path: "/api/v1/user/profile",
  operationId: "studioUpdateProfile",
  tags: [TAGS.users],
  summary: "Update the username or the e-mail address",
  description:
    "Fields that are not sent keep their value. Role, plan and computing power cannot be changed here. A new `email` needs `currentPassword` (400 if it is missing, 403 if it is wrong). The response then contains the old `email` and the new one as `pendingEmail`. The new address takes effect when its owner follows the link in the mail to it; the old address is notified. The current `email` needs no password and cancels a pending change. An account may request three changes an hour, and one address may be requested three times an hour over all accounts; further requests are answered with 429.",
  security: BEARER_SECURITY,
  middleware: [signedIn, limitBody(16 * KIB)] as const,
  request: {
    body: jsonBody(updateProfileSchema, { username: "li_xiaoming" }),
  },
  responses: {
    200: data("The account", updatedProfileSchema),
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
    "Ends all sessions of the account, including the current one, closes their sockets and removes the account from the meetings it is in. Sign in again with the new password. After ten wrong current passwords the session must wait 15 minutes.",
  security: BEARER_SECURITY,
  middleware: [signedIn, limitBody(16 * KIB)] as const,
  request: {
    body: jsonBody(changePasswordSchema, {
      currentPassword: "password123",
      newPassword: "another password 456",
      endOtherAccess: false,
    }),
  },
  responses: { 200: data("The password was changed", emptySchema), ...errors(400, 401, 403, 413) },
});

const avatarRoute = createRoute({
  method: "post",
  path: "/api/v1/user/avatar",
  operationId: "studioAvatar",
  tags: [TAGS.users],
  summary: "Upload the account's picture",
  description: `The field \`file\` contains a JPEG, PNG, WebP or GIF of up to ${megabytes(MAX_AVATAR_BYTES)}; the bytes decide the format. The server crops it to 256×256 and stores it as WebP, without the camera's metadata.`,
  security: BEARER_SECURITY,
  middleware: [signedIn, limitBody(MAX_AVATAR_BYTES + FORM_BYTES)] as const,
  request: { body: formBody(avatarFormSchema) },
  responses: { 200: data("The URL of the picture", avatarSchema), ...errors(400, 401, 413) },
});

export const accountSettings = newRouter()
  .openapi(updateRoute, async (c) => {
    const updated = await changeProfile(c, c.req.valid("json"));
    if (!updated.ok) return fail(c, updated.error);
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
    return respond(c, changed, () => reply(c, {}));
  })
  .openapi(avatarRoute, async (c) => {
    const { file } = c.req.valid("form");
    if (file.size > MAX_AVATAR_BYTES)
      return fail(c, { code: "body_too_large", limitBytes: MAX_AVATAR_BYTES });
    const bytes = new Uint8Array(await file.arrayBuffer());
    const set = await c.get("services").avatars.set(c.get("caller").user, bytes);
    return respond(c, set, (value) => reply(c, { avatar: avatarUrlOf(c, value) }));
  });
