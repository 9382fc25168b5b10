import { z } from "@hono/zod-openapi";
import { id, pageOf, time } from "./common.ts";
import { MAX_REPORT_REASON } from "./limits.ts";

const count = z.int().openapi({ example: 12 });

export const postSchema = z
  .object({
    id,
    type: z.enum(["image", "video"]),
    thumbnail: z.string().openapi({ description: "Empty if there is none" }),
    fileUrl: z
      .url()
      .openapi({ description: "The URL of the video or of the first image; valid for one day" }),
    files: z.array(z.object({ url: z.url(), thumbnail: z.string() })),
    playCount: count.openapi({ description: "The number of viewers, each counted once", example: 136_700 }),
    likeCount: count,
    favoriteCount: count,
    liked: z.boolean().openapi({ description: "Whether the caller likes it" }),
    favorited: z.boolean(),
    description: z.string(),
    author: z.object({ id, username: z.string(), avatar: z.string() }),
    createdAt: time.openapi({ description: "The time of publication" }),
  })
  .openapi("StudioPost");

export const feedSchema = pageOf(postSchema)
  .extend({
    nextCursor: z
      .string()
      .optional()
      .openapi({ description: "The cursor of the next page; absent on the last page" }),
  })
  .openapi("StudioFeed");

const reportedSchema = z
  .object({ work: postSchema, reports: z.int(), reasons: z.array(z.string()), takenDown: z.boolean() })
  .openapi("StudioReported");

export const reportSchema = z.object({ reason: z.string().trim().min(1).max(MAX_REPORT_REASON) });

export const reportsSchema = z.object({ list: z.array(reportedSchema) });
export const playSchema = z.object({ playCount: z.int() });

/** The new state of a like or a favourite; the other field of the two is absent. */
export interface ReactionCount {
  readonly count: number;
}

export type Post = z.output<typeof postSchema>;
export type Feed = z.output<typeof feedSchema>;
export type Reported = z.output<typeof reportedSchema>;
export type ReportedList = z.output<typeof reportsSchema>;
export type PlayCount = z.output<typeof playSchema>;
