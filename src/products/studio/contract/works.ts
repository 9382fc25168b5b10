import { z } from "@hono/zod-openapi";
import { id, time } from "./common.ts";
import { MAX_TITLE } from "./limits.ts";
import { resultSchema, workStatus } from "./tasks.ts";

export const workSchema = z
  .object({
    id: id.openapi({ description: "The id of the task that generates it" }),
    type: z.enum(["image", "video"]),
    title: z.string(),
    thumbnail: z.string().openapi({ description: "Empty until it exists" }),
    status: workStatus,
    progress: z.int(),
    createdAt: time,
    fileUrl: z.string().openapi({ description: "Empty until the work is completed; valid for one day" }),
  })
  .openapi("StudioWork");

export const workDetailSchema = workSchema
  .extend({
    prompt: z.string(),
    negativePrompt: z.string().optional(),
    style: z.string().optional(),
    model: z.string().optional(),
    cost: z
      .int()
      .openapi({ description: "The credits charged; they are refunded if the task fails or is cancelled" }),
    result: resultSchema.optional(),
    error: z.string().optional(),
    published: z.boolean(),
  })
  .openapi("StudioWorkDetail");

export const renameWorkSchema = z.object({ title: z.string().trim().min(1).max(MAX_TITLE) });

export type Work = z.output<typeof workSchema>;
export type WorkDetail = z.output<typeof workDetailSchema>;
