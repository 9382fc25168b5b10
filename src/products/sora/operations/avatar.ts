import { createRoute, z } from "@hono/zod-openapi";
import { KIB, limitBody, MIB } from "../../../http/body.ts";
import { fileField } from "../../../http/file-field.ts";
import { newRouter } from "../../../http/validation.ts";
import { signedIn } from "../limits.ts";
import { fail, respond } from "../respond.ts";
import { avatarUrlOf } from "../urls.ts";
import { BEARER_SECURITY, errors, json, TAGS } from "./operation.ts";

const MAX_BYTES = 5 * MIB;
/** Bytes that a multipart form may use beside its file. */
const FORM_BYTES = 64 * KIB;

const route = createRoute({
  method: "post",
  path: "/api/users/avatar",
  operationId: "soraAvatar",
  tags: [TAGS.users],
  summary: "Upload the account's picture",
  description:
    "The field `avatar` contains a JPEG, PNG, WebP or GIF of up to 5 MB; the bytes decide the format. The server crops it to 256×256 and stores it as WebP, without the camera's metadata.",
  security: BEARER_SECURITY,
  middleware: [signedIn, limitBody(MAX_BYTES + FORM_BYTES)] as const,
  request: {
    body: {
      required: true,
      content: {
        "multipart/form-data": {
          schema: z.object({ avatar: fileField }),
        },
      },
    },
  },
  responses: {
    200: json("The URL of the picture", z.object({ avatarUrl: z.url() }).openapi("SoraAvatar")),
    ...errors(400, 401, 413),
  },
});

export const avatar = newRouter().openapi(route, async (c) => {
  const { avatar: file } = c.req.valid("form");
  if (file.size > MAX_BYTES) return fail(c, { code: "body_too_large", limitBytes: MAX_BYTES });
  const set = await c
    .get("services")
    .avatars.set(c.get("caller").user, new Uint8Array(await file.arrayBuffer()));
  return respond(c, set, (value) => c.json({ avatarUrl: avatarUrlOf(c)(value) }, 200));
});
