import { createRoute, z } from "@hono/zod-openapi";
import { endOtherAccessSchema, passwordSchema } from "../../../http/account-fields.ts";
import { KIB, limitBody } from "../../../http/body.ts";
import { newRouter } from "../../../http/validation.ts";
import { avatarSchema, emptySchema, fullNameSchema, profileSchema } from "../contract/index.ts";
import { signedIn } from "../limits.ts";
import { respond } from "../respond.ts";
import { reply, toProfile } from "../to-wire.ts";
import { BEARER_SECURITY, data, errors, jsonBody, TAGS } from "./operation.ts";

const PATH = "/api/v1/users/profile";

const getRoute = createRoute({
  method: "get",
  path: PATH,
  operationId: "meetingProfile",
  tags: [TAGS.users],
  summary: "Get the caller's account",
  description: "The current data of the account.",
  security: BEARER_SECURITY,
  middleware: [signedIn] as const,
  responses: { 200: data("The account", profileSchema), ...errors(401) },
});

const updateRoute = createRoute({
  method: "put",
  path: PATH,
  operationId: "meetingUpdateProfile",
  tags: [TAGS.users],
  summary: "Update the caller's name and picture",
  description:
    "Fields that are not sent keep their value. An empty `avatar_url` removes the picture. A picture that was uploaded to the account takes precedence over `avatar_url`.",
  security: BEARER_SECURITY,
  middleware: [signedIn, limitBody(16 * KIB)] as const,
  request: {
    body: jsonBody(
      z
        .object({ full_name: fullNameSchema.optional(), avatar_url: avatarSchema.optional() })
        .refine(
          ({ full_name, avatar_url }) => full_name !== undefined || avatar_url !== undefined,
          "full_name or avatar_url is required",
        ),
      { full_name: "张三丰", avatar_url: "https://example.com/new-avatar.jpg" },
    ),
  },
  responses: { 200: data("The account", profileSchema), ...errors(400, 401, 413) },
});

const passwordRoute = createRoute({
  method: "put",
  path: "/api/v1/users/password",
  operationId: "meetingChangePassword",
  tags: [TAGS.users],
  summary: "Change the password",
  description:
    "Ends all sessions of the account, including the current one, closes their sockets and removes the account from the meetings it is in. A wrong old password is answered with 1004. After ten wrong passwords the session must wait 15 minutes.",
  security: BEARER_SECURITY,
  middleware: [signedIn, limitBody(16 * KIB)] as const,
  request: {
    body: jsonBody(
      z.object({
        old_password: z.string().min(1).max(256),
        new_password: passwordSchema,
        end_other_access: endOtherAccessSchema,
      }),
      { old_password: "password123", new_password: "another password 456", end_other_access: false },
    ),
  },
  responses: { 200: data("The password was changed", emptySchema), ...errors(400, 401, 403, 413) },
});

export const users = newRouter()
  .openapi(getRoute, (c) => reply(c, toProfile(c, c.get("caller").user)))
  .openapi(updateRoute, async (c) => {
    const { full_name: fullName, avatar_url } = c.req.valid("json");
    const avatarUrl = avatar_url === "" ? null : avatar_url;
    const changed = await c
      .get("services")
      .accounts.updateMeetingProfile(c.get("caller").user, { fullName, avatarUrl });
    return reply(c, toProfile(c, changed));
  })
  .openapi(passwordRoute, async (c) => {
    const { old_password, new_password, end_other_access: endOtherAccess } = c.req.valid("json");
    const { accounts } = c.get("services");
    const options = { endOtherAccess };
    const changed = await accounts.changePassword(c.get("caller"), old_password, new_password, options);
    return respond(c, changed, () => reply(c, {}));
  });
