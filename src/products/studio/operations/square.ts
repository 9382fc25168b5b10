import { createRoute, z } from "@hono/zod-openapi";
import { KIB, limitBody } from "../../../http/body.ts";
import { clientNetwork } from "../../../http/client.ts";
import type { AppContext } from "../../../http/context.ts";
import { newRouter } from "../../../http/validation.ts";
import { utcDay } from "../../../lib/clock.ts";
import {
  emptySchema,
  feedSchema,
  idParams,
  pageOf,
  pageQuery,
  playSchema,
  postSchema,
  reportSchema,
  reportsSchema,
} from "../contract/index.ts";
import { publicCalls, signedIn } from "../limits.ts";
import { reply } from "../reply.ts";
import { fail, respond } from "../respond.ts";
import { BEARER_SECURITY, data, errors, jsonBody, OPTIONAL_SECURITY, TAGS } from "./operation.ts";
import { decodeCursor, encodeCursor, toPost } from "./to-post.ts";

/** The last item that page numbers reach: a page by number reads all items before it. Cursors have no limit. */
const MAX_NUMBERED_ITEMS = 10_000;

const EXAMPLE_CURSOR = encodeCursor({ value: 20_783.5, workId: "123e4567-e89b-12d3-a456-426614174000" });

const feedsRoute = createRoute({
  method: "get",
  path: "/api/v1/square/feeds",
  operationId: "studioFeeds",
  tags: [TAGS.square],
  summary: "List the works on the square",
  description:
    "`hot` sorts by log2(1 + plays + 3 × likes + 5 × favorites) plus the days from 1970 to the publication: twice the attention is worth one day of age. `page` reaches item 10,000; `cursor` reaches all items, and keeps its position when new works appear.",
  security: OPTIONAL_SECURITY,
  middleware: [publicCalls] as const,
  request: {
    query: pageQuery.extend({
      type: z.enum(["image", "video", "all"]).default("all"),
      sort: z.enum(["hot", "latest"]).default("hot"),
      cursor: z
        .string()
        .max(200)
        .optional()
        .openapi({ description: "The `nextCursor` of the previous page", example: EXAMPLE_CURSOR }),
    }),
  },
  responses: { 200: data("One page of works", feedSchema), ...errors(400, 401) },
});

const favoritesRoute = createRoute({
  method: "get",
  path: "/api/v1/square/favorites",
  operationId: "studioFavorites",
  tags: [TAGS.square],
  summary: "List the caller's favourites",
  description: "The latest first. Works that are not on the square any more are left out.",
  security: BEARER_SECURITY,
  middleware: [signedIn] as const,
  request: { query: pageQuery },
  responses: { 200: data("One page of works", pageOf(postSchema)), ...errors(400, 401) },
});

const getRoute = createRoute({
  method: "get",
  path: "/api/v1/square/{id}",
  operationId: "studioPost",
  tags: [TAGS.square],
  summary: "Get a work on the square",
  description: "No token is needed.",
  security: OPTIONAL_SECURITY,
  middleware: [publicCalls] as const,
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
    description: "Repeating the call changes nothing. `count` is the new total.",
    security: BEARER_SECURITY,
    middleware: [signedIn] as const,
    request: { params: idParams },
    responses: {
      200: data(
        "The new state",
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
  summary: "Count a view",
  description:
    "Call this when a video starts or an image is opened. An account counts once, a guest once a day per network.",
  security: OPTIONAL_SECURITY,
  middleware: [publicCalls] as const,
  request: { params: idParams },
  responses: {
    200: data("The new total of views", playSchema),
    ...errors(400, 401, 404),
  },
});

const reportRoute = createRoute({
  method: "post",
  path: "/api/v1/square/{id}/report",
  operationId: "studioReport",
  tags: [TAGS.square],
  summary: "Report a work",
  description:
    "The report is shown to administrators. Only the first report of a work by the same account counts.",
  security: BEARER_SECURITY,
  middleware: [signedIn, limitBody(16 * KIB)] as const,
  request: {
    params: idParams,
    body: jsonBody(reportSchema, { reason: "盗用他人作品" }),
  },
  responses: { 200: data("The work is reported", emptySchema), ...errors(400, 401, 404, 413) },
});

const reportsRoute = createRoute({
  method: "get",
  path: "/api/v1/square/reports",
  operationId: "studioReports",
  tags: [TAGS.square],
  summary: "List the reported works",
  description: "Administrators only. The most reported works come first, each with its five latest reasons.",
  security: BEARER_SECURITY,
  middleware: [signedIn] as const,
  request: { query: pageQuery },
  responses: {
    200: data("One page of reported works", reportsSchema),
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
      "Administrators only. The author keeps the work, but cannot publish it while it is taken down.",
    security: BEARER_SECURITY,
    middleware: [signedIn] as const,
    request: { params: idParams },
    responses: {
      200: data("The new state", z.object({ takenDown: z.boolean() })),
      ...errors(400, 401, 403, 404),
    },
  });

const viewerIdOf = (c: AppContext): number | undefined => c.get("caller")?.user.id;

/** Identifies a guest by an HMAC of day and network, from which neither can be recovered. */
const viewerOf = (c: AppContext): string => {
  const userId = viewerIdOf(c);
  if (userId !== undefined) return `user:${userId}`;
  const { signer } = c.get("services");
  return `guest:${signer.sign("viewer", `${utcDay(Date.now())}:${clientNetwork(c)}`)}`;
};

const react = async (c: AppContext, workId: string, kind: "like" | "favorite", on: boolean) => {
  const counted = await c.get("services").square.react(c.get("caller").user.id, workId, kind, on);
  if (!counted.ok) return fail(c, counted.error);
  const said = kind === "like" ? { liked: on } : { favorited: on };
  return reply(c, { ...said, count: counted.value });
};

const setTakenDown = async (c: AppContext, workId: string, takenDown: boolean) => {
  if (c.get("caller").user.role !== "ADMIN") return fail(c, { code: "forbidden" });
  const changed = await c.get("services").square.setHidden(workId, takenDown);
  return respond(c, changed, () => reply(c, { takenDown }));
};

export const square = newRouter()
  .openapi(feedsRoute, async (c) => {
    const { type, sort, cursor, page, pageSize } = c.req.valid("query");
    const after = cursor === undefined ? undefined : decodeCursor(cursor);
    const issue =
      cursor !== undefined && !after
        ? { path: "cursor", message: "must be a nextCursor of this list" }
        : page * pageSize > MAX_NUMBERED_ITEMS && !after
          ? {
              path: "page",
              message: `page * pageSize must be at most ${MAX_NUMBERED_ITEMS}; use cursor for later items`,
            }
          : undefined;
    if (issue) return fail(c, { code: "invalid_request", issues: [issue] });
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
    if (c.get("caller").user.role !== "ADMIN") return fail(c, { code: "forbidden" });
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
    return respond(c, found, async (value) => reply(c, await toPost(c, value)));
  })
  .openapi(reaction("post", "like", "studioLike", "Like a work"), (c) =>
    react(c, c.req.valid("param").id, "like", true),
  )
  .openapi(reaction("delete", "like", "studioUnlike", "Remove the like of a work"), (c) =>
    react(c, c.req.valid("param").id, "like", false),
  )
  .openapi(reaction("post", "favorite", "studioFavorite", "Add a work to the favourites"), (c) =>
    react(c, c.req.valid("param").id, "favorite", true),
  )
  .openapi(reaction("delete", "favorite", "studioUnfavorite", "Remove a work from the favourites"), (c) =>
    react(c, c.req.valid("param").id, "favorite", false),
  )
  .openapi(playRoute, async (c) => {
    const played = await c.get("services").square.play(viewerOf(c), c.req.valid("param").id);
    return respond(c, played, (value) => reply(c, { playCount: value }));
  })
  .openapi(reportRoute, async (c) => {
    const { id } = c.req.valid("param");
    const { reason } = c.req.valid("json");
    const reported = await c.get("services").square.report(c.get("caller").user.id, id, reason);
    return respond(c, reported, () => reply(c, {}));
  })
  .openapi(takeDown("post", "studioTakeDown", "Take down a work"), (c) =>
    setTakenDown(c, c.req.valid("param").id, true),
  )
  .openapi(takeDown("delete", "studioPutUp", "Restore a work"), (c) =>
    setTakenDown(c, c.req.valid("param").id, false),
  );
