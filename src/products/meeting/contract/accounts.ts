import { z } from "@hono/zod-openapi";
import { SESSION_IDLE_TTL_MS } from "../../../core/identity/facts.ts";
import { durationText } from "../../../lib/clock.ts";
import { publicUrl } from "../../../lib/public-url.ts";
import { time } from "./common.ts";
import { MAX_FULL_NAME } from "./limits.ts";

export const userSchema = z
  .object({ user_id: z.int(), username: z.string(), email: z.string(), full_name: z.string() })
  .openapi("MeetingUser");

export const profileSchema = userSchema
  .extend({ avatar_url: z.string(), created_at: time, updated_at: time })
  .openapi("MeetingProfile");

export const fullNameSchema = z.string().trim().min(1).max(MAX_FULL_NAME).openapi({ example: "测试用户" });

export const grantSchema = z
  .object({
    access_token: z.string().openapi({ description: "A JWT, valid for 24 hours" }),
    refresh_token: z
      .string()
      .openapi({ description: `Valid for one refresh, within ${durationText(SESSION_IDLE_TTL_MS)}` }),
    token_type: z.literal("Bearer"),
    expires_in: z.int().openapi({ description: "Seconds", example: 86_400 }),
    user: userSchema,
  })
  .openapi("MeetingGrant");

export const avatarSchema = z
  .string()
  .trim()
  .max(500)
  .refine(
    (url) => url === "" || publicUrl(url) !== undefined,
    "must be an https address of a public host, or empty",
  )
  .openapi({ example: "https://example.com/new-avatar.jpg" });

export const newUserSchema = userSchema.extend({ created_at: time });
