import { createRoute, z } from "@hono/zod-openapi";
import type { Access } from "../../../core/access/index.ts";
import { limitBody, MIB } from "../../../http/body.ts";
import type { AppContext } from "../../../http/context.ts";
import { namesEtag } from "../../../http/serve-object.ts";
import { newRouter } from "../../../http/validation.ts";
import type { Failure } from "../../../lib/domain-error.ts";
import { uuidOf } from "../../../lib/ids.ts";
import { err, ok, type Result } from "../../../lib/result.ts";
import { sha256Hex } from "../../../lib/secrets.ts";
import { megabytes } from "../../../lib/sizes.ts";
import { requireAccess, requireAccessOrGuest } from "../access.ts";
import { pageOf, pageQuery, userSchema } from "../contract/index.ts";
import { fail, respond } from "../respond.ts";
import { errors, guestOrScopes, json, requireScopes, TAGS } from "./operation.ts";
import { toPage } from "./to-page.ts";
import { toUserWire } from "./to-user.ts";

/** How long a client may cache a profile. */
const PROFILE_SECONDS = 300;

const MAX_AVATAR_BYTES = 5 * MIB;

const userParams = z.object({
  userId: z
    .string()
    .openapi({ param: { name: "userId", in: "path" }, example: "user_123e4567e89b12d3a456426614174000" }),
});

const getRoute = createRoute({
  method: "get",
  path: "/api/v1/users/{userId}",
  operationId: "loopspaceUser",
  tags: [TAGS.users],
  summary: "Get a user's profile",
  description:
    "`me` is the caller. The response may be cached for five minutes; send its `ETag` in `If-None-Match` to get 304 for an unchanged profile.",
  security: guestOrScopes("users:read"),
  middleware: [requireAccessOrGuest("users:read")] as const,
  request: { params: userParams },
  responses: {
    200: json("The profile", userSchema),
    304: { description: "The client's copy is current" },
    ...errors(401, 403, 404),
  },
});

const followRoute = createRoute({
  method: "post",
  path: "/api/v1/users/{userId}/follow",
  operationId: "loopspaceFollow",
  tags: [TAGS.users],
  summary: "Follow a user",
  description:
    "Following a user again changes nothing. The followed account gets the event `user.followed` once.",
  security: requireScopes("users:write"),
  middleware: [requireAccess("users:write")] as const,
  request: { params: userParams },
  responses: { 200: json("The profile", userSchema), ...errors(400, 401, 403, 404) },
});

const unfollowRoute = createRoute({
  method: "delete",
  path: "/api/v1/users/{userId}/follow",
  operationId: "loopspaceUnfollow",
  tags: [TAGS.users],
  summary: "Unfollow a user",
  description: "Nothing changes if the caller does not follow the user.",
  security: requireScopes("users:write"),
  middleware: [requireAccess("users:write")] as const,
  request: { params: userParams },
  responses: { 200: json("The profile", userSchema), ...errors(401, 403, 404) },
});

const listRoute = <P extends "followers" | "following">(which: P, summary: string) =>
  createRoute({
    method: "get",
    path: `/api/v1/users/{userId}/${which}`,
    operationId: which === "followers" ? "loopspaceFollowers" : "loopspaceFollowing",
    tags: [TAGS.users],
    summary,
    description: "Newest first.",
    security: guestOrScopes("users:read"),
    middleware: [requireAccessOrGuest("users:read")] as const,
    request: { params: userParams, query: pageQuery },
    responses: { 200: json("A page of users", pageOf(userSchema)), ...errors(400, 401, 403, 404) },
  });

const avatarRoute = createRoute({
  method: "put",
  path: "/api/v1/users/me/avatar",
  operationId: "loopspaceSetAvatar",
  tags: [TAGS.users],
  summary: "Set the caller's picture",
  description: `The body is the picture: JPEG, PNG or WebP, at most ${megabytes(MAX_AVATAR_BYTES)}. All environments share it, so a sandbox key may not change it: 403.`,
  security: requireScopes("users:write"),
  middleware: [requireAccess("users:write"), limitBody(MAX_AVATAR_BYTES)] as const,
  request: {
    body: {
      required: true,
      content: { "image/*": { schema: { type: "string", format: "binary" } } },
    },
  },
  responses: { 200: json("The profile", userSchema), ...errors(400, 401, 403, 404, 413, 415) },
});

/** Returns the UUID of the account that a path names; `me` is the caller. */
const named = (c: AppContext, userId: string): Result<string, Failure<"not_found" | "session_required">> => {
  if (userId !== "me") {
    const uuid = uuidOf(userId);
    return uuid === undefined ? err({ code: "not_found", what: "user" }) : ok(uuid);
  }
  const access: Access | undefined = c.get("access");
  return access ? ok(access.user.uuid) : err({ code: "session_required" });
};

const socialOf = (c: AppContext) => c.get("services").socialIn(c.get("access")?.environment ?? "live");

const list =
  (which: "followers" | "following") =>
  async (c: AppContext, userId: string, query: z.output<typeof pageQuery>) => {
    const uuid = named(c, userId);
    if (!uuid.ok) return fail(c, uuid.error);
    const listed = await socialOf(c).list(which, uuid.value, query, c.get("access")?.user.id);
    if (!listed.ok) return fail(c, listed.error);
    const { profiles, total } = listed.value;
    return c.json(
      toPage(
        profiles.map((profile) => toUserWire(c, profile)),
        total,
        query,
      ),
      200,
    );
  };

export const users = newRouter()
  .openapi(avatarRoute, async (c) => {
    const { user, environment } = c.get("access");
    if (environment === "sandbox")
      return fail(c, { code: "forbidden", detail: "a sandbox key may not change the account" });
    const { avatars } = c.get("services");
    const set = await avatars.set(user, new Uint8Array(await c.req.arrayBuffer()));
    if (!set.ok) return fail(c, set.error);
    const profile = await socialOf(c).profile(user.uuid, user.id);
    return respond(c, profile, (value) => c.json(toUserWire(c, value), 200));
  })
  .openapi(getRoute, async (c) => {
    const uuid = named(c, c.req.valid("param").userId);
    if (!uuid.ok) return fail(c, uuid.error);
    const found = await socialOf(c).profile(uuid.value, c.get("access")?.user.id);
    if (!found.ok) return fail(c, found.error);
    const body = toUserWire(c, found.value);
    const etag = `"${(await sha256Hex(JSON.stringify(body))).slice(0, 32)}"`;
    c.header("ETag", etag);
    // Private, because `isFollowing` depends on the caller.
    c.header("Cache-Control", `private, max-age=${PROFILE_SECONDS}`);
    c.header("Vary", "Authorization");
    const known = c.req.header("if-none-match");
    if (known !== undefined && namesEtag(known, etag)) return c.body(null, 304);
    return c.json(body, 200);
  })
  .openapi(followRoute, async (c) => {
    const uuid = named(c, c.req.valid("param").userId);
    if (!uuid.ok) return fail(c, uuid.error);
    const followed = await socialOf(c).follow(c.get("access").user, uuid.value);
    return respond(c, followed, (value) => c.json(toUserWire(c, value), 200));
  })
  .openapi(unfollowRoute, async (c) => {
    const uuid = named(c, c.req.valid("param").userId);
    if (!uuid.ok) return fail(c, uuid.error);
    const unfollowed = await socialOf(c).unfollow(c.get("access").user.id, uuid.value);
    return respond(c, unfollowed, (value) => c.json(toUserWire(c, value), 200));
  })
  .openapi(listRoute("followers", "List a user's followers"), (c) =>
    list("followers")(c, c.req.valid("param").userId, c.req.valid("query")),
  )
  .openapi(listRoute("following", "List the users that a user follows"), (c) =>
    list("following")(c, c.req.valid("param").userId, c.req.valid("query")),
  );
