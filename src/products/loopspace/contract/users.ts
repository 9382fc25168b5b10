import { z } from "@hono/zod-openapi";
import { time } from "./common.ts";

export const userSchema = z
  .object({
    id: z.string().openapi({ example: "user_123e4567e89b12d3a456426614174000" }),
    username: z.string(),
    name: z.string(),
    avatar: z.url().nullable(),
    stats: z.object({
      followersCount: z.int(),
      followingCount: z.int(),
      tracksCount: z.int(),
      playsCount: z.int(),
    }),
    isFollowing: z.boolean().openapi({ description: "Whether the caller follows this user" }),
    profileUrl: z.url(),
    createdAt: time,
  })
  .openapi("LoopspaceUser");

export type User = z.output<typeof userSchema>;
