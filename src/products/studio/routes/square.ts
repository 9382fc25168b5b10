import { createRoute, z } from "@hono/zod-openapi";
import { KIB, limitBody } from "../../../http/body.ts";
import { clientNetwork } from "../../../http/client.ts";
import { type AppContext, fail } from "../../../http/context.ts";
import { newRouter } from "../../../http/validation.ts";
import { utcDay } from "../../../lib/clock.ts";
import { hmacSha256Hex } from "../../../lib/secrets.ts";
import { anybody, signedIn } from "../limits.ts";
import { decodeCursor, encodeCursor, postSchema, toPost } from "../square-wire.ts";
import { idParams, nothing, pageOf, pageQuery, reply } from "../wire.ts";
import { BEARER_SECURITY, data, errors, jsonBody, OPTIONAL_SECURITY, TAGS } from "./operation.ts";

/** How deep pages go by their number: each reads all before it. Cursors go on from there. */
const MAX_NUMBERED_ITEMS = 10_000;

const EXAMPLE_CURSOR = encodeCursor({ value: 20_783.5, workId: "123e4567-e89b-12d3-a456-426614174000" });

const feedSchema = pageOf(postSchema)
  .extend({
    nextCursor: z.string().optional().openapi({ description: "Of the next page; absent on the last one" }),
  })
  .openapi("StudioFeed");

const feedsRoute = createRoute({
  method: "get",
  path: "/api/v1/square/feeds",
  operationId: "studioFeeds",
  tags: [TAGS.square],
  summary: "The square",
  description:
    "`hot` is by log2(1 + plays + 3 likes + 5 favorites) + days since 1970 at publishing: twice the attention is worth a day of age. Pages go by `page` down to item 10,000, and by `cursor` all the way; a cursor also keeps its place when new works appear.",
  security: OPTIONAL_SECURITY,
  middleware: [anybody] as const,
  request: {
    query: pageQuery.extend({
      type: z.enum(["image", "video", "all"]).default("all"),
      sort: z.enum(["hot", "latest"]).default("hot"),
      cursor: z
        .string()
        .max(200)
        .optional()
        .openapi({ description: "`nextCursor` of the page before", example: EXAMPLE_CURSOR }),
    }),
  },
  responses: { 200: data("A page", feedSchema), ...errors(400, 401) },
});

const favoritesRoute = createRoute({
  method: "get",
  path: "/api/v1/square/favorites",
  operationId: "studioFavorites",
  tags: [TAGS.square],
  summary: "What the caller kept",
  description: "The latest first. What left the square is not in it.",
  security: BEARER_SECURITY,
  middleware: [signedIn] as const,
  request: { query: pageQuery },
  responses: { 200: data("A page", pageOf(postSchema)), ...errors(400, 401) },
});

const getRoute = createRoute({
  method: "get",
  path: "/api/v1/square/{id}",
  operationId: "studioPost",
  tags: [TAGS.square],
  summary: "A work on the square",
  description: "For anybody.",
  security: OPTIONAL_SECURITY,
  middleware: [anybody] as const,
  request: { params: idParams },
  responses: { 200: data("The work", postSchema), ...errors(400, 401, 404) },
});

const reaction = <M extends "post" | "delete", W extends "like" | "favorite">(
  method: M,
  word: W,
  operationId: string,
  summary: string,
) =>
  createRoute({
    method,
    path: `/api/v1/square/{id}/${word}` as const,
    operationId,
    tags: [TAGS.square],
    summary,
    description: "Saying it twice changes nothing. `count` is how many do now.",
    security: BEARER_SECURITY,
    middleware: [signedIn] as const,
    request: { params: idParams },
    responses: {
      200: data(
        "How it stands",
        z.object({ [word === "like" ? "liked" : "favorited"]: z.boolean(), count: z.int() }),
      ),
      ...errors(400, 401, 404),
    },
  });

const playRoute = createRoute({
  method: "post",
  path: "/api/v1/square/{id}/play",
  operationId: "studioPlay",
  tags: [TAGS.square],
  summary: "Count a viewer",
  description:
    "When a video starts or an image is opened. An account counts once, whoever is not signed in once a day and address.",
  security: OPTIONAL_SECURITY,
  middleware: [anybody] as const,
  request: { params: idParams },
  responses: { 200: data("How many there were", z.object({ playCount: z.int() })), ...errors(400, 401, 404) },
});

const reportRoute = createRoute({
  method: "post",
  path: "/api/v1/square/{id}/report",
  operationId: "studioReport",
  tags: [TAGS.square],
  summary: "Report a work",
  description: "Administrators see it. Of one account's reports of a work the first counts.",
  security: BEARER_SECURITY,
  middleware: [signedIn, limitBody(16 * KIB)] as const,
  request: {
    params: idParams,
    body: jsonBody(z.object({ reason: z.string().trim().min(1).max(500) }), { reason: "盗用他人作品" }),
  },
  responses: { 200: data("Reported", nothing), ...errors(400, 401, 404, 413) },
});

const reportedSchema = z
  .object({ work: postSchema, reports: z.int(), reasons: z.array(z.string()), takenDown: z.boolean() })
  .openapi("StudioReported");

const reportsRoute = createRoute({
  method: "get",
  path: "/api/v1/square/reports",
  operationId: "studioReports",
  tags: [TAGS.square],
  summary: "What was reported",
  description: "Administrators only. The most reported first, each with its latest five reasons.",
  security: BEARER_SECURITY,
  middleware: [signedIn] as const,
  request: { query: pageQuery },
  responses: {
    200: data("A page", z.object({ list: z.array(reportedSchema) })),
    ...errors(400, 401, 403),
  },
});

const takeDown = <M extends "post" | "delete">(method: M, operationId: string, summary: string) =>
  createRoute({
    method,
    path: "/api/v1/square/{id}/take-down",
    operationId,
    tags: [TAGS.square],
    summary,
    description:
      "Administrators only. The work stays its author's, and cannot be shown again while it is down.",
    security: BEARER_SECURITY,
    middleware: [signedIn] as const,
    request: { params: idParams },
    responses: {
      200: data("How it stands", z.object({ takenDown: z.boolean() })),
      ...errors(400, 401, 403, 404),
    },
  });

const viewerIdOf = (c: AppContext): number | undefined => c.get("caller")?.user.id;

/** A guest is a day and an address, of which nothing can be found again. */
const viewerOf = async (c: AppContext): Promise<string> => {
  const userId = viewerIdOf(c);
  if (userId !== undefined) return `user:${userId}`;
  const { JWT_SECRET } = c.get("services").settings;
  return `guest:${await hmacSha256Hex(JWT_SECRET, `viewer:${utcDay(Date.now())}:${clientNetwork(c)}`)}`;
};

const react = async (c: AppContext, workId: string, kind: "like" | "favorite", on: boolean) => {
  const counted = await c.get("services").square.react(c.get("caller").user.id, workId, kind, on);
  if (!counted.ok) return fail(c, counted.error) as never;
  const said = kind === "like" ? { liked: on } : { favorited: on };
  return reply(c, { ...said, count: counted.value });
};

const setTakenDown = async (c: AppContext, workId: string, takenDown: boolean) => {
  if (c.get("caller").user.role !== "ADMIN") return fail(c, { code: "forbidden" }) as never;
  const changed = await c.get("services").square.setHidden(workId, takenDown);
  return changed.ok ? reply(c, { takenDown }) : (fail(c, changed.error) as never);
};

export const square = newRouter()
  .openapi(feedsRoute, async (c) => {
    const { type, sort, cursor, page, pageSize } = c.req.valid("query");
    const after = cursor === undefined ? undefined : decodeCursor(cursor);
    const issue =
      cursor !== undefined && !after
        ? { path: "cursor", message: "is not one of ours" }
        : page * pageSize > MAX_NUMBERED_ITEMS && !after
          ? { path: "page", message: `goes to item ${MAX_NUMBERED_ITEMS}: use cursor` }
          : undefined;
    if (issue) return fail(c, { code: "invalid_request", issues: [issue] }) as never;
    const feed = await c.get("services").square.feed(
      {
        kind: type === "all" ? undefined : type,
        order: sort,
        limit: pageSize,
        from: after ? { after } : { offset: (page - 1) * pageSize },
      },
      viewerIdOf(c),
    );
    const list = await Promise.all(feed.posts.map((post) => toPost(c, post)));
    const nextCursor = feed.next && encodeCursor(feed.next);
    return reply(c, { list, total: feed.total, page, pageSize, ...(nextCursor ? { nextCursor } : {}) });
  })
  .openapi(favoritesRoute, async (c) => {
    const { page, pageSize } = c.req.valid("query");
    const kept = await c.get("services").square.favorites(c.get("caller").user.id, { page, limit: pageSize });
    const list = await Promise.all(kept.posts.map((post) => toPost(c, post)));
    return reply(c, { list, total: kept.total, page, pageSize });
  })
  .openapi(reportsRoute, async (c) => {
    if (c.get("caller").user.role !== "ADMIN") return fail(c, { code: "forbidden" }) as never;
    const { page, pageSize } = c.req.valid("query");
    const reported = await c.get("services").square.reported({ page, limit: pageSize });
    const list = await Promise.all(
      reported.map(async ({ post, reasons }) => ({
        work: await toPost(c, post),
        reports: post.reports,
        reasons,
        takenDown: post.isHidden,
      })),
    );
    return reply(c, { list });
  })
  .openapi(getRoute, async (c) => {
    const found = await c.get("services").square.find(c.req.valid("param").id, viewerIdOf(c));
    return found.ok ? reply(c, await toPost(c, found.value)) : (fail(c, found.error) as never);
  })
  .openapi(reaction("post", "like", "studioLike", "Like a work"), (c) =>
    react(c, c.req.valid("param").id, "like", true),
  )
  .openapi(reaction("delete", "like", "studioUnlike", "Like a work no longer"), (c) =>
    react(c, c.req.valid("param").id, "like", false),
  )
  .openapi(reaction("post", "favorite", "studioFavorite", "Keep a work"), (c) =>
    react(c, c.req.valid("param").id, "favorite", true),
  )
  .openapi(reaction("delete", "favorite", "studioUnfavorite", "Keep a work no longer"), (c) =>
    react(c, c.req.valid("param").id, "favorite", false),
  )
  .openapi(playRoute, async (c) => {
    const played = await c.get("services").square.play(await viewerOf(c), c.req.valid("param").id);
    return played.ok ? reply(c, { playCount: played.value }) : (fail(c, played.error) as never);
  })
  .openapi(reportRoute, async (c) => {
    const { id } = c.req.valid("param");
    const { reason } = c.req.valid("json");
    const reported = await c.get("services").square.report(c.get("caller").user.id, id, reason);
    return reported.ok ? reply(c, {}) : (fail(c, reported.error) as never);
  })
  .openapi(takeDown("post", "studioTakeDown", "Take a work down"), (c) =>
    setTakenDown(c, c.req.valid("param").id, true),
  )
  .openapi(takeDown("delete", "studioPutUp", "Put a work up again"), (c) =>
    setTakenDown(c, c.req.valid("param").id, false),
  );
