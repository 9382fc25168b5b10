import { createRoute } from "@hono/zod-openapi";
import { MAX_INPUT_BYTES } from "../../../core/generation/index.ts";
import { ASPECT_RATIOS, type AspectRatio } from "../../../core/providers/index.ts";
import { KIB, limitBody } from "../../../http/body.ts";
import { idempotencyHeaders } from "../../../http/idempotency.ts";
import { newRouter } from "../../../http/validation.ts";
import { megabytes } from "../../../lib/sizes.ts";
import {
  DEFAULT_MODEL,
  DEFAULT_RESOLUTION,
  DURATION,
  imageToVideoSchema,
  isHd,
  submittedSchema,
  textToVideoSchema,
  videoCost,
} from "../contract/index.ts";
import { FORM_BYTES, modelOf, submit, submitWithImage } from "../generation.ts";
import { signedInToGenerateVideos } from "../limits.ts";
import { BEARER_SECURITY, data, errors, formBody, jsonBody, TAGS } from "./operation.ts";

const PRICES_AND_MODELS = `A second costs ${videoCost({ durationSeconds: 1, hd: false })} credit, or ${videoCost({ durationSeconds: 1, hd: true })} in 1080p. \`model\` is \`sora\`, \`veo\`, \`runway\` or another model in the list of providers; the default is the model that administrators set, else \`runway\`. Models generate at most 8 to 12 seconds. \`fps\` is accepted, but the provider decides the frame rate.`;

const textRoute = createRoute({
  method: "post",
  path: "/api/v1/generate/text-to-video",
  operationId: "studioTextToVideo",
  tags: [TAGS.generation],
  summary: "Generate a video from text",
  description: PRICES_AND_MODELS,
  security: BEARER_SECURITY,
  middleware: [signedInToGenerateVideos, limitBody(64 * KIB)] as const,
  request: {
    headers: idempotencyHeaders,
    body: jsonBody(textToVideoSchema, {
      prompt: "雨夜街头的橘猫",
      duration: 5,
      resolution: "720p",
      aspectRatio: "16:9",
    }),
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
  description: `The image is the first frame of the video: a JPEG, PNG, WebP or GIF of up to ${megabytes(MAX_INPUT_BYTES)} and 50 megapixels. ${PRICES_AND_MODELS}`,
  security: BEARER_SECURITY,
  middleware: [signedInToGenerateVideos, limitBody(MAX_INPUT_BYTES + FORM_BYTES)] as const,
  request: {
    headers: idempotencyHeaders,
    body: formBody(imageToVideoSchema),
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
      const { prompt, model, duration = DURATION.default, fps: _, ...rest } = fields;
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
