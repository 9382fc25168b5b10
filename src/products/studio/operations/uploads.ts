import { createRoute, z } from "@hono/zod-openapi";
import { MAX_PICTURE_BYTES, MAX_VIDEO_BYTES, type Upload } from "../../../core/media/index.ts";
import { KIB, limitBody } from "../../../http/body.ts";
import type { AppContext } from "../../../http/context.ts";
import { MultipartError, readMultipart, readPart } from "../../../http/multipart.ts";
import { answerOrigin } from "../../../http/origins.ts";
import { newRouter } from "../../../http/validation.ts";
import { megabytes } from "../../../lib/sizes.ts";
import {
  emptySchema,
  pictureFormSchema,
  uploadedPictureSchema,
  uploadedVideoSchema,
} from "../contract/index.ts";
import { FORM_BYTES } from "../generation.ts";
import { signedIn } from "../limits.ts";
import { reply } from "../reply.ts";
import { fail, respond } from "../respond.ts";
import { BEARER_SECURITY, data, errors, formBody, TAGS } from "./operation.ts";

const MAX_STILL_BYTES = 512 * KIB;
/** The largest body of a video upload: the video, the thumbnail and the form. */
export const MAX_VIDEO_BODY = MAX_VIDEO_BYTES + MAX_STILL_BYTES + FORM_BYTES;
export const MAX_PICTURE_BODY = MAX_PICTURE_BYTES + FORM_BYTES;

const imageRoute = createRoute({
  method: "post",
  path: "/api/v1/upload/image",
  operationId: "studioUploadImage",
  tags: [TAGS.uploads],
  summary: "Upload an image",
  description: `Accepts a JPEG, PNG, WebP or GIF of up to ${megabytes(MAX_PICTURE_BYTES)} and 50 megapixels; the bytes decide the format. The pixels stay unchanged, bit for bit; the camera's metadata, including the location, is removed.`,
  security: BEARER_SECURITY,
  middleware: [signedIn, limitBody(MAX_PICTURE_BODY)] as const,
  request: { body: formBody(pictureFormSchema) },
  responses: { 200: data("The stored file", uploadedPictureSchema), ...errors(400, 401, 413) },
});

const videoRoute = createRoute({
  method: "post",
  path: "/api/v1/upload/video",
  operationId: "studioUploadVideo",
  tags: [TAGS.uploads],
  summary: "Upload a video",
  description: `Accepts an MP4, QuickTime or WebM file of up to ${megabytes(MAX_VIDEO_BYTES)}; the bytes decide the format, and the location in its metadata is removed. \`thumbnail\` is an optional picture of up to ${MAX_STILL_BYTES / KIB} kB, which is used if none can be extracted from the video.`,
  security: BEARER_SECURITY,
  middleware: [signedIn] as const,
  responses: { 200: data("The stored file", uploadedVideoSchema), ...errors(400, 401, 413) },
  // The handler reads the body as a stream, so no zod schema may consume it first.
  request: {
    body: {
      required: true,
      content: {
        "multipart/form-data": {
          schema: {
            type: "object",
            required: ["file"],
            properties: {
              file: { type: "string", format: "binary" },
              thumbnail: { type: "string", format: "binary" },
            },
          },
        },
      },
    },
  },
});

const deleteRoute = createRoute({
  method: "delete",
  path: "/api/v1/upload/{id}",
  operationId: "studioDeleteUpload",
  tags: [TAGS.uploads],
  summary: "Delete an upload",
  description: "Its URLs stop working, except for copies in caches.",
  security: BEARER_SECURITY,
  middleware: [signedIn] as const,
  request: {
    params: z.object({
      id: z
        .string()
        .regex(/^[A-Za-z0-9_-]{43}$/)
        .openapi({ param: { name: "id", in: "path" } }),
    }),
  },
  responses: { 200: data("The upload is deleted", emptySchema), ...errors(400, 401, 404) },
});

const toWire = (c: AppContext, upload: Upload) => {
  const base = `${answerOrigin(c)}/media/uploads/${upload.id}`;
  return {
    id: upload.id,
    url: `${base}/file`,
    thumbnail: upload.hasThumbnail ? `${base}/thumbnail` : "",
    width: upload.width,
    height: upload.height,
    fileSize: upload.bytes,
  };
};

const noFile = (c: AppContext) =>
  fail(c, { code: "invalid_request", issues: [{ path: "file", message: "must be a file" }] });

/** Stores the video while it arrives. The thumbnail, which may come before or after it, is held in memory. */
const takeVideo = async (c: AppContext) => {
  const { uploads: store } = c.get("services");
  const userId = c.get("caller").user.id;
  let still: Uint8Array | undefined;
  let taken: Awaited<ReturnType<typeof store.addVideo>> | undefined;
  let isTaking = false;
  const reading = readMultipart(c.req.raw, MAX_VIDEO_BODY, async (field, body) => {
    if (field === "file" && !isTaking) {
      isTaking = true;
      taken = await store.addVideo(userId, body, () => still);
    } else {
      const read = await readPart(body, field === "thumbnail" ? MAX_STILL_BYTES : 0);
      if (field === "thumbnail") still ??= read;
    }
  });
  try {
    await reading;
  } catch (error) {
    // The body broke off after the file. The client never learns its URL, so it is removed.
    if (taken?.ok) await store.remove(userId, taken.value.id);
    throw error;
  }
  return taken;
};

export const uploads = newRouter()
  .openapi(imageRoute, async (c) => {
    const { file } = c.req.valid("form");
    if (file.size > MAX_PICTURE_BYTES)
      return fail(c, { code: "body_too_large", limitBytes: MAX_PICTURE_BYTES });
    const bytes = new Uint8Array(await file.arrayBuffer());
    const added = await c.get("services").uploads.addPicture(c.get("caller").user.id, bytes);
    return respond(c, added, (value) => reply(c, toWire(c, value)));
  })
  .openapi(videoRoute, async (c) => {
    try {
      const taken = await takeVideo(c);
      if (!taken) return noFile(c);
      if (!taken.ok) return fail(c, taken.error);
      const { durationMs } = taken.value;
      return reply(c, { ...toWire(c, taken.value), duration: (durationMs ?? 0) / 1_000 });
    } catch (error) {
      if (!(error instanceof MultipartError)) throw error;
      if (error.reason === "too_large")
        return fail(c, { code: "body_too_large", limitBytes: MAX_VIDEO_BYTES });
      return fail(c, { code: "invalid_request", issues: [{ path: "", message: error.message }] });
    }
  })
  .openapi(deleteRoute, async (c) => {
    const removed = await c.get("services").uploads.remove(c.get("caller").user.id, c.req.valid("param").id);
    return respond(c, removed, () => reply(c, {}));
  });
