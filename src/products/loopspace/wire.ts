import { z } from "@hono/zod-openapi";
import { type Environment, SCOPES } from "../../core/developer/index.ts";
import type { Profile } from "../../core/social/index.ts";
import type { AppContext } from "../../http/context.ts";
import { answerOrigin } from "../../http/origins.ts";
import { userIdOf } from "../../lib/ids.ts";

export { userIdOf };

export const isoTime = (ms: number): string => new Date(ms).toISOString();
export const nullableIsoTime = (ms: number | null): string | null => (ms === null ? null : isoTime(ms));

export const time = z.string().openapi({ format: "date-time", example: "2026-11-21T08:00:00.000Z" });

export const errorSchema = z
  .object({
    error: z.object({
      code: z.string().openapi({ example: "RATE_LIMIT_EXCEEDED" }),
      message: z.string(),
      retryAfter: z.int().optional().openapi({ description: "Seconds" }),
      requestId: z.string().openapi({ example: "req_1f0c9a4be27d5d3f6a10" }),
    }),
  })
  .openapi("LoopspaceError");

export const scopeSchema = z.enum(SCOPES);
export const environmentSchema = z
  .enum(["live", "sandbox"] satisfies Environment[])
  // Named, because code generators name an inline enum themselves and gave two enums the same name.
  .openapi("LoopspaceEnvironment");
/** The environment in a request: `production` is accepted for `live`, as the guide and the SDKs write it. */
export const requestedEnvironmentSchema = z
  .enum(["live", "production", "sandbox"])
  .transform((wanted): Environment => (wanted === "production" ? "live" : wanted))
  .openapi("LoopspaceRequestedEnvironment");

/** The largest number of rows before a page. The database reads each of them to skip it. */
const MAX_SKIPPED = 10_000;

/** The `page` and `limit` of a list. Out of range, or a page that starts after the first 10,000 rows, is 400. */
export const pageQuery = z
  .object({
    page: z.coerce
      .number()
      .int()
      .min(1)
      .max(MAX_SKIPPED + 1)
      .default(1)
      .openapi({ example: 1, description: "The page has to start within the first 10,000 rows of the list" }),
    limit: z.coerce.number().int().min(1).max(100).default(20).openapi({ example: 50 }),
  })
  .refine(({ page, limit }) => (page - 1) * limit <= MAX_SKIPPED, {
    path: ["page"],
    message: `must start within the first ${MAX_SKIPPED} rows of the list`,
  });

export type PageQuery = z.output<typeof pageQuery>;

export const pageOf = <T extends z.ZodType>(item: T) =>
  z.object({
    data: z.array(item),
    page: z.int(),
    limit: z.int(),
    total: z.int(),
    hasMore: z.boolean().openapi({ description: "Whether the next page has rows" }),
  });

/**
 * Builds a page of a list. Pass `hasMore` if `total` is capped and does not tell whether more rows follow. The page's
 * `hasMore` is false if `pageQuery` would refuse the next page.
 */
export const toPage = <T>(
  data: T[],
  total: number,
  { page, limit }: PageQuery,
  hasMore = page * limit < total,
) => ({ data, page, limit, total, hasMore: hasMore && page * limit <= MAX_SKIPPED });

// ---- users

const USER_ID = /^user_([0-9a-f]{8})([0-9a-f]{4})([0-9a-f]{4})([0-9a-f]{4})([0-9a-f]{12})$/;

/** Converts a public user id to a UUID; undefined where the id has another format, so that no account can have it. */
export const uuidOf = (userId: string): string | undefined => {
  const parts = USER_ID.exec(userId);
  return parts ? parts.slice(1).join("-") : undefined;
};

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

export const avatarOf = (c: AppContext, avatarKey: string | null): string | null =>
  avatarKey === null ? null : `${answerOrigin(c)}/media/${avatarKey}`;

export const toUserWire = (c: AppContext, profile: Profile): z.output<typeof userSchema> => ({
  id: userIdOf(profile.uuid),
  username: profile.username,
  name: profile.fullName,
  avatar: avatarOf(c, profile.avatarKey),
  stats: {
    followersCount: profile.followers,
    followingCount: profile.following,
    tracksCount: profile.tracks,
    playsCount: profile.plays,
  },
  isFollowing: profile.isFollowed,
  profileUrl: `${answerOrigin(c)}/loopspace/users/${userIdOf(profile.uuid)}`,
  createdAt: isoTime(profile.createdAt),
});
