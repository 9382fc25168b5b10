import { createRoute, z } from "@hono/zod-openapi";
import { MAX_INPUT_BYTES } from "../../../core/generation/index.ts";
import { ASPECT_RATIOS, type AspectRatio } from "../../../core/providers/index.ts";
import { KIB, limitBody } from "../../../http/body.ts";
import { idempotencyHeaders } from "../../../http/idempotency.ts";
import { fileField, newRouter } from "../../../http/validation.ts";
import {
  FORM_BYTES,
  isHd,
  modelOf,
  modelSchema,
  optionalFormField,
  promptSchema,
  RESOLUTIONS,
  seedSchema,
  styleSchema,
  submit,
  submitWithImage,
} from "../generation.ts";
import { signedInToGenerateVideos } from "../limits.ts";
import { submittedSchema } from "../tasks-wire.ts";
import { formNumber } from "../wire.ts";
import { BEARER_SECURITY, data, errors, formBody, jsonBody, TAGS } from "./operation.ts";

/** The default model of the API document. */
const DEFAULT_MODEL = "runway";
const DEFAULT_SECONDS = 5;
const DEFAULT_RESOLUTION = "720p";

const durationSchema = z.int().min(1).max(60);
const resolutionSchema = z.enum(RESOLUTIONS);
/** Validated but not used: no provider has a setting for it. */
const fpsSchema = z.int().min(12).max(60);

const WORDS =
  "A second costs 1 credit, or 2 in 1080p. `model` is `sora`, `veo`, `runway` or another model in the list of providers; the default is the model that administrators set, else `runway`. Models generate at most 8 to 12 seconds. `fps` is accepted, but the provider decides the frame rate.";

const textRoute = createRoute({
  method: "post",
  path: "/api/v1/generate/text-to-video",
  operationId: "studioTextToVideo",
  tags: [TAGS.generation],
  summary: "Generate a video from text",
  description: WORDS,
  security: BEARER_SECURITY,
  middleware: [signedInToGenerateVideos, limitBody(64 * KIB)] as const,
  request: {
    headers: idempotencyHeaders,
    body: jsonBody(
      z
        .object({
          prompt: promptSchema,
          model: modelSchema.optional().openapi({ example: DEFAULT_MODEL }),
          duration: durationSchema.default(DEFAULT_SECONDS).openapi({ description: "Seconds" }),
          resolution: resolutionSchema.default(DEFAULT_RESOLUTION),
          fps: fpsSchema.default(24),
          style: styleSchema.optional(),
          aspectRatio: z.enum(ASPECT_RATIOS).default("16:9"),
          negativePrompt: z.string().trim().max(2_000).optional(),
          seed: seedSchema.optional(),
        })
        .openapi("StudioTextToVideo"),
      { prompt: "雨夜街头的橘猫", duration: 5, resolution: "720p", aspectRatio: "16:9" },
    ),
  },
  responses: {
    200: data("The task is queued", submittedSchema),
    ...errors(400, 401, 402, 404, 409, 413, 422, 503),
  },
});

const imageRoute = createRoute({
  method: "post",
  path: "/api/v1/generate/image-to-video",
  operationId: "studioImageToVideo",
  tags: [TAGS.generation],
  summary: "Generate a video from an image",
  description: `The image is the first frame of the video: a JPEG, PNG, WebP or GIF of up to 10 MB and 50 megapixels. ${WORDS}`,
  security: BEARER_SECURITY,
  middleware: [signedInToGenerateVideos, limitBody(MAX_INPUT_BYTES + FORM_BYTES)] as const,
  request: {
    headers: idempotencyHeaders,
    body: formBody(
      z
        .object({
          prompt: promptSchema,
          image: fileField,
          model: optionalFormField(modelSchema).openapi({ example: DEFAULT_MODEL }),
          duration: formNumber(durationSchema).openapi({ example: DEFAULT_SECONDS }),
          resolution: optionalFormField(resolutionSchema).openapi({ example: DEFAULT_RESOLUTION }),
          fps: formNumber(fpsSchema).openapi({ example: 24 }),
          style: optionalFormField(styleSchema).openapi({ example: "水彩" }),
          aspectRatio: optionalFormField(z.enum(ASPECT_RATIOS)).openapi({
            description: "Default: the nearest ratio to that of the image",
            example: "16:9",
          }),
          negativePrompt: optionalFormField(z.string().trim().max(2_000)).openapi({ example: "文字, 水印" }),
          seed: formNumber(seedSchema).openapi({ example: 42 }),
        })
        .openapi("StudioImageToVideo"),
    ),
  },
  responses: {
    200: data("The task is queued", submittedSchema),
    ...errors(400, 401, 402, 404, 409, 413, 422, 503),
  },
});

/** Returns the supported ratio that is nearest to that of the picture. */
const ratioOf = ({ width, height }: { readonly width: number; readonly height: number }): AspectRatio => {
  const distance = (ratio: AspectRatio): number => {
    const [across = 1, down = 1] = ratio.split(":").map(Number);
    return Math.abs(Math.log(across / down) - Math.log(width / height));
  };
  return ASPECT_RATIOS.reduce((best, ratio) => (distance(ratio) < distance(best) ? ratio : best));
};

export const generateVideos = newRouter()
  .openapi(textRoute, (c) => {
    const { prompt, model, duration, fps: _, ...rest } = c.req.valid("json");
    return submit(c, async () => ({
      kind: "video",
      prompt,
      model: await modelOf(c, "video", model, DEFAULT_MODEL),
      params: { ...rest, durationSeconds: duration, hd: isHd(rest.resolution) },
    }));
  })
  .openapi(imageRoute, (c) => {
    const { image, ...fields } = c.req.valid("form");
    return submitWithImage(c, image, fields, async ({ mimeType, ...picture }) => {
      const { prompt, model, duration = DEFAULT_SECONDS, fps: _, ...rest } = fields;
      const { resolution = DEFAULT_RESOLUTION, aspectRatio = ratioOf(picture) } = rest;
      return {
        kind: "video",
        prompt,
        model: await modelOf(c, "video", model, DEFAULT_MODEL),
        params: {
          ...rest,
          resolution,
          aspectRatio,
          durationSeconds: duration,
          hd: isHd(resolution),
          input: { mimeType },
        },
      };
    });
  });
