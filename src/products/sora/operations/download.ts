import { createRoute } from "@hono/zod-openapi";
import { serveObject } from "../../../http/serve-object.ts";
import { newRouter } from "../../../http/validation.ts";
import { idParams } from "../contract.ts";
import { signedIn } from "../limits.ts";
import { fail } from "../respond.ts";
import { PRODUCT } from "./generate.ts";
import { BEARER_SECURITY, errors, TAGS } from "./operation.ts";

const file = { "video/mp4": {}, "video/webm": {} };

const route = createRoute({
  method: "get",
  path: "/api/videos/{id}/download",
  operationId: "soraDownloadVideo",
  tags: [TAGS.videos],
  summary: "Download a video",
  description: "The file is named after the prompt. Range and conditional requests are supported.",
  security: BEARER_SECURITY,
  middleware: [signedIn] as const,
  request: { params: idParams },
  responses: {
    200: { description: "The file", content: file },
    206: { description: "A range of the file", content: file },
    304: { description: "The client's copy is current" },
    ...errors(400, 401, 404, 409, 416),
  },
});

export const download = newRouter().openapi(route, async (c) => {
  const { generator } = c.get("services");
  const found = await generator.find(c.get("caller").user.id, PRODUCT, c.req.valid("param").id);
  if (!found.ok) return fail(c, found.error);
  const { mediaKey, prompt, state } = found.value;
  if (mediaKey === null) return fail(c, { code: "state_conflict", what: "task", state });
  return serveObject(c, mediaKey, { cacheControl: "private, no-cache", attachment: prompt });
});
