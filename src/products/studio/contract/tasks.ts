import { z } from "@hono/zod-openapi";
import { id } from "./common.ts";

export const workStatus = z.enum(["processing", "completed", "failed", "cancelled"]);

export type WorkStatus = z.output<typeof workStatus>;

export const submittedSchema = z
  .object({
    taskId: id,
    status: workStatus,
    estimatedTime: z.int().openapi({ description: "Seconds", example: 30 }),
  })
  .openapi("StudioSubmitted");

const fileUrl = z.url().openapi({ description: "Valid for one day; anyone with this URL can open the file" });

const thumbnail = z
  .string()
  .openapi({ description: "The URL of a small WebP; empty if there is none, as for some videos" });

const imagesResultSchema = z
  .object({
    images: z.array(
      z.object({ url: fileUrl, thumbnail, width: z.int(), height: z.int(), fileSize: z.int() }),
    ),
  })
  .openapi("StudioImages");

const videoResultSchema = z
  .object({
    video: z.object({
      url: fileUrl,
      thumbnail,
      duration: z.number().openapi({ description: "Seconds" }),
      resolution: z.string().openapi({ example: "720p" }),
      fileSize: z.int().openapi({ description: "Bytes", example: 1_024_000 }),
    }),
  })
  .openapi("StudioVideo");

export const resultSchema = z.union([imagesResultSchema, videoResultSchema]);

export const taskSchema = z
  .object({
    taskId: id,
    type: z.enum(["image", "video"]),
    status: workStatus,
    progress: z.int().min(0).max(100).openapi({ description: "Never decreases" }),
    model: z
      .string()
      .optional()
      .openapi({ description: "The model of the task, once the provider has accepted it" }),
    result: resultSchema.optional(),
    error: z.string().optional().openapi({ description: "The reason of the failure" }),
  })
  .openapi("StudioTask");

export type WorkResult = z.output<typeof resultSchema>;
export type Submitted = z.output<typeof submittedSchema>;

/** A message of the WebSocket with live updates, which the OpenAPI document cannot describe. */
export type LiveMessage =
  | { type: "task_progress"; taskId: string; progress: number; status: WorkStatus }
  | { type: "task_complete"; taskId: string; result: Partial<WorkResult> }
  | { type: "task_failed"; taskId: string; error: string; status: WorkStatus };
