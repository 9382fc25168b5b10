import { createRoute } from "@hono/zod-openapi";
import { isHdImage, MAX_INPUT_BYTES } from "../../../core/generation/index.ts";
import { KIB, limitBody } from "../../../http/body.ts";
import { idempotencyHeaders } from "../../../http/idempotency.ts";
import { newRouter } from "../../../http/validation.ts";
import { megabytes } from "../../../lib/sizes.ts";
import {
  DEFAULT_STRENGTH,
  imageCost,
  imageToImageSchema,
  SIDE,
  submittedSchema,
  textToImageSchema,
} from "../contract/index.ts";
import { FORM_BYTES, modelOf, submit, submitWithImage } from "../generation.ts";
import { signedInToGenerateImages } from "../limits.ts";
import { BEARER_SECURITY, data, errors, formBody, jsonBody, TAGS } from "./operation.ts";

const textRoute = createRoute({
  method: "post",
  path: "/api/v1/generate/text-to-image",
  operationId: "studioTextToImage",
  tags: [TAGS.generation],
  summary: "Generate images from text",
  description: `An image costs ${imageCost({ count: 1, hd: false })} credit, or ${imageCost({ count: 1, hd: true })} above 1024×1024 pixels. Some providers support only a few sizes; the result contains the actual size. A failed or cancelled task is refunded once.`,
  security: BEARER_SECURITY,
  middleware: [signedInToGenerateImages, limitBody(64 * KIB)] as const,
  request: {
    headers: idempotencyHeaders,
    body: jsonBody(textToImageSchema, {
      prompt: "雨夜街头的橘猫",
      negativePrompt: "文字, 水印",
      width: 1024,
      height: 1024,
      numImages: 1,
      style: "水彩",
      seed: 42,
    }),
  },
  responses: {
    200: data("The task is queued", submittedSchema),
    ...errors(400, 401, 402, 404, 409, 413, 422, 503),
  },
});

const imageRoute = createRoute({
  method: "post",
  path: "/api/v1/generate/image-to-image",
  operationId: "studioImageToImage",
  tags: [TAGS.generation],
  summary: "Generate images from an image",
  description: `\`image\` is a JPEG, PNG, WebP or GIF of up to ${megabytes(MAX_INPUT_BYTES)} and 50 megapixels; the bytes decide the format. \`strength\` sets how much the result may differ from it. Without \`width\` and \`height\` the result has the size of the image, with the longer side at most 1024 pixels.`,
  security: BEARER_SECURITY,
  middleware: [signedInToGenerateImages, limitBody(MAX_INPUT_BYTES + FORM_BYTES)] as const,
  request: {
    headers: idempotencyHeaders,
    body: formBody(imageToImageSchema),
  },
  responses: {
    200: data("The task is queued", submittedSchema),
    ...errors(400, 401, 402, 404, 409, 413, 422, 503),
  },
});

const clampSide = (pixels: number): number => Math.min(SIDE.max, Math.max(SIDE.min, Math.round(pixels)));

/** Returns the requested size. A missing side follows from the picture's aspect ratio. */
const sizeLike = (
  picture: { readonly width: number; readonly height: number },
  { width, height }: { readonly width?: number | undefined; readonly height?: number | undefined },
) => {
  const ratio = picture.width / picture.height;
  if (width !== undefined) return { width, height: height ?? clampSide(width / ratio) };
  if (height !== undefined) return { width: clampSide(height * ratio), height };
  const scale = Math.min(1, SIDE.default / Math.max(picture.width, picture.height));
  return { width: clampSide(picture.width * scale), height: clampSide(picture.height * scale) };
};

export const generateImages = newRouter()
  .openapi(textRoute, (c) => {
    const { prompt, model, numImages, width, height, ...rest } = c.req.valid("json");
    return submit(c, async () => ({
      kind: "image",
      prompt,
      model: await modelOf(c, "image", model),
      params: { ...rest, width, height, count: numImages, hd: isHdImage(width, height) },
    }));
  })
  .openapi(imageRoute, (c) => {
    const { image, ...fields } = c.req.valid("form");
    return submitWithImage(c, image, fields, async ({ mimeType, ...picture }) => {
      const { prompt, model, numImages = 1, strength = DEFAULT_STRENGTH, ...rest } = fields;
      const size = sizeLike(picture, fields);
      return {
        kind: "image",
        prompt,
        model: await modelOf(c, "image", model),
        params: {
          ...rest,
          ...size,
          count: numImages,
          strength,
          hd: isHdImage(size.width, size.height),
          input: { mimeType },
        },
      };
    });
  });
