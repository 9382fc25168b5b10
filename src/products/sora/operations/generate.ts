import { createRoute, z } from "@hono/zod-openapi";
import { asVideoTask, type NewVideo, resultOf, type Task } from "../../../core/generation/index.ts";
import { ASPECT_RATIOS } from "../../../core/providers/index.ts";
import { KIB, limitBody } from "../../../http/body.ts";
import type { AppContext } from "../../../http/context.ts";
import { idempotencyHeaders } from "../../../http/idempotency.ts";
import { newRouter } from "../../../http/validation.ts";
import { idParams, videoSchema } from "../contract.ts";
import { signedInToGenerate } from "../limits.ts";
import { idempotently, respond } from "../respond.ts";
import { toVideo } from "../to-wire.ts";
import { mediaUrlsOf } from "../urls.ts";
import { BEARER_SECURITY, errors, json, jsonBody, TAGS } from "./operation.ts";

export const PRODUCT = "sora";

export const newVideoSchema = z
  .object({
    prompt: z.string().trim().min(1).max(4_000).openapi({ example: "一只可爱的小猫在草地上玩耍" }),
    negativePrompt: z.string().trim().max(2_000).optional(),
    duration: z
      .number()
      .int()
      .min(1)
      .max(60)
      .default(5)
      .openapi({ description: "Seconds; models generate at most 8 to 12", example: 5 }),
    aspectRatio: z.enum(ASPECT_RATIOS).default("16:9"),
    hd: z.boolean().default(false).openapi({ description: "HD doubles the cost" }),
    model: z
      .string()
      .trim()
      .min(1)
      .max(64)
      .optional()
      .openapi({ description: "Default: the model that the platform selects" }),
    seed: z.int().min(0).max(4_294_967_295).optional(),
  })
  .openapi("SoraNewVideo");

const route = createRoute({
  method: "post",
  path: "/api/videos/generate",
  operationId: "soraGenerate",
  tags: [TAGS.videos],
  summary: "Generate a video",
  description:
    "Charges one credit per second (two in HD) and queues the video. A failed or cancelled video is refunded once. Use `/status` or `generate-stream` to follow the progress.",
  security: BEARER_SECURITY,
  middleware: [signedInToGenerate, limitBody(64 * KIB)] as const,
  request: {
    headers: idempotencyHeaders,
    body: jsonBody(newVideoSchema, {
      prompt: "一只可爱的小猫在草地上玩耍",
      duration: 5,
      aspectRatio: "16:9",
      hd: false,
    }),
  },
  responses: {
    201: json("The video is queued", videoSchema),
    ...errors(400, 401, 402, 404, 409, 413, 422, 503),
  },
});

const regenerateRoute = createRoute({
  method: "post",
  path: "/api/videos/{id}/regenerate",
  operationId: "soraRegenerate",
  tags: [TAGS.videos],
  summary: "Regenerate a video",
  description: "Creates a new video with the same prompt and a new seed. It is charged like any other video.",
  security: BEARER_SECURITY,
  middleware: [signedInToGenerate, limitBody(64 * KIB)] as const,
  request: { headers: idempotencyHeaders, params: idParams },
  responses: {
    201: json("The video is queued", videoSchema),
    ...errors(400, 401, 402, 404, 409, 413, 422, 503),
  },
});

/** Converts a request to the generator's input. */
export const newVideoOf = (
  c: AppContext,
  { prompt, model, duration, ...rest }: z.output<typeof newVideoSchema>,
  id: string,
): NewVideo => ({
  id,
  userId: c.get("caller").user.id,
  product: PRODUCT,
  kind: "video",
  prompt,
  model,
  params: { ...rest, durationSeconds: duration },
});

export const videoOf = async (c: AppContext, task: Task) =>
  toVideo(asVideoTask(task), c.get("caller").user, await mediaUrlsOf(c, task.id, resultOf(task)));

export const generate = newRouter()
  .openapi(route, (c) => {
    const asked = c.req.valid("json");
    return idempotently(c, async (id) => {
      const submitted = await c.get("services").generator.submit(newVideoOf(c, asked, id));
      return respond(c, submitted, async (value) => c.json(await videoOf(c, value), 201));
    });
  })
  .openapi(regenerateRoute, (c) => {
    const { id: before } = c.req.valid("param");
    return idempotently(c, async (id) => {
      const { generator } = c.get("services");
      const submitted = await generator.regenerate(c.get("caller").user.id, PRODUCT, before, id);
      return respond(c, submitted, async (value) => c.json(await videoOf(c, value), 201));
    });
  });
