import { createRoute, z } from "@hono/zod-openapi";
import type { TrackPage } from "../../../core/audio/index.ts";
import type { AppContext } from "../../../http/context.ts";
import { newRouter } from "../../../http/validation.ts";
import { welcome } from "../access.ts";
import { audioItemSchema, genreSchema, toAudioItem, viewerOf, writtenTags } from "../audio-wire.ts";
import { fail, respond } from "../respond.ts";
import { pageOf, pageQuery, toPage, uuidOf } from "../wire.ts";
import { errors, json, open, TAGS } from "./operation.ts";

const list = { 200: json("A page of them", pageOf(audioItemSchema)) };

const popularRoute = createRoute({
  method: "get",
  path: "/api/v1/audio/popular",
  operationId: "loopspacePopular",
  tags: [TAGS.audio],
  summary: "What people listen to",
  description: "Twice as many plays are worth three weeks of age; a sale counts as ten plays.",
  security: open("audio:read"),
  middleware: [welcome("audio:read")] as const,
  request: { query: pageQuery.safeExtend({ genre: genreSchema.optional() }) },
  responses: { ...list, ...errors(400, 401, 403) },
});

const searchRoute = createRoute({
  method: "get",
  path: "/api/v1/audio/search",
  operationId: "loopspaceSearch",
  tags: [TAGS.audio],
  summary: "Find tracks",
  description:
    "All words of `query` in title, artist, tags or description, in any script, full or half width; the first ten count. Words of one or two characters are looked for in title, artist and tags: of what has the longer words and the tags, or else of the 5,000 most popular. `tags` are separated by commas, all of them count. `total` says at most 1,000; `hasMore` goes on.",
  security: open("audio:read"),
  middleware: [welcome("audio:read")] as const,
  request: {
    query: pageQuery.safeExtend({
      query: z.string().trim().max(200).default("").openapi({ example: "电子音乐" }),
      genre: genreSchema.optional(),
      tags: writtenTags.openapi({ type: "string", example: "chill,night" }),
    }),
  },
  responses: { ...list, ...errors(400, 401, 403) },
});

const genresRoute = createRoute({
  method: "get",
  path: "/api/v1/audio/genres",
  operationId: "loopspaceGenres",
  tags: [TAGS.audio],
  summary: "Genres",
  description: "Those with tracks, the fullest first.",
  security: open("audio:read"),
  middleware: [welcome("audio:read")] as const,
  responses: {
    200: json(
      "All of them",
      z.object({ data: z.array(z.object({ genre: z.string(), tracksCount: z.int() })) }),
    ),
    ...errors(401, 403),
  },
});

const userTracksRoute = createRoute({
  method: "get",
  path: "/api/v1/users/{userId}/tracks",
  operationId: "loopspaceUserTracks",
  tags: [TAGS.users],
  summary: "Somebody's tracks",
  description: "The latest first. `me` is the caller, who also sees what is private or not ready.",
  security: open("audio:read"),
  middleware: [welcome("audio:read")] as const,
  request: {
    params: z.object({
      userId: z.string().openapi({ param: { name: "userId", in: "path" } }),
    }),
    query: pageQuery,
  },
  responses: { ...list, ...errors(400, 401, 403, 404) },
});

const reply = async (
  c: AppContext,
  { tracks, total, hasMore }: TrackPage,
  asked: z.output<typeof pageQuery>,
) =>
  c.json(
    toPage(
      // Not many promises that wait: an address is signed or is not.
      await Promise.all(tracks.map((track) => toAudioItem(c, track))),
      total,
      asked,
      hasMore,
    ),
    200,
  );

export const audioLists = newRouter()
  .openapi(popularRoute, async (c) => {
    const { genre, ...page } = c.req.valid("query");
    const found = await c.get("services").audioCatalog.popular(viewerOf(c), genre, page);
    return reply(c, found, page);
  })
  .openapi(searchRoute, async (c) => {
    const asked = c.req.valid("query");
    const found = await c.get("services").audioCatalog.search(viewerOf(c), { ...asked, genre: asked.genre });
    return reply(c, found, asked);
  })
  .openapi(genresRoute, async (c) => {
    const genres = await c.get("services").audioCatalog.genres(viewerOf(c).environment);
    return c.json({ data: genres.map(({ genre, tracks }) => ({ genre, tracksCount: tracks })) }, 200);
  })
  .openapi(userTracksRoute, async (c) => {
    const { userId } = c.req.valid("param");
    const access = c.get("access");
    if (userId === "me" && !access) return fail(c, { code: "session_required" });
    const uuid = userId === "me" ? access.user.uuid : uuidOf(userId);
    if (uuid === undefined) return fail(c, { code: "not_found", what: "user" });
    const page = c.req.valid("query");
    const found = await c.get("services").audioCatalog.byUser(viewerOf(c), uuid, page);
    return respond(c, found, (value) => reply(c, value, page));
  });
