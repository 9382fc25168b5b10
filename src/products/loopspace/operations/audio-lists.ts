import { createRoute, z } from "@hono/zod-openapi";
import type { AppContext } from "../../../http/context.ts";
import { newRouter } from "../../../http/validation.ts";
import { uuidOf } from "../../../lib/ids.ts";
import { requireAccessOrGuest } from "../access.ts";
import {
  audioItemSchema,
  formTagsSchema,
  genreSchema,
  genresSchema,
  pageOf,
  pageQuery,
} from "../contract/index.ts";
import type { TrackPage } from "../domain/index.ts";
import { fail, respond } from "../respond.ts";
import { viewerOf } from "../viewer.ts";
import { errors, guestOrScopes, json, TAGS } from "./operation.ts";
import { toAudioItem } from "./to-audio.ts";
import { toPage } from "./to-page.ts";

const list = { 200: json("A page of tracks", pageOf(audioItemSchema)) };

const popularRoute = createRoute({
  method: "get",
  path: "/api/v1/audio/popular",
  operationId: "loopspacePopular",
  tags: [TAGS.audio],
  summary: "List popular tracks",
  description:
    "Ordered by plays and age: a track with twice as many plays ranks like one that is three weeks newer. A sale counts as ten plays.",
  security: guestOrScopes("audio:read"),
  middleware: [requireAccessOrGuest("audio:read")] as const,
  request: { query: pageQuery.safeExtend({ genre: genreSchema.optional() }) },
  responses: { ...list, ...errors(400, 401, 403) },
});

const searchRoute = createRoute({
  method: "get",
  path: "/api/v1/audio/search",
  operationId: "loopspaceSearch",
  tags: [TAGS.audio],
  summary: "Search tracks",
  description:
    "Finds the tracks that have every word of `query` in their title, artist, tags or description, in any script and in full or half width. Only the first ten words are used. Words of one or two characters are searched only in title, artist and tags, among the tracks that match the longer words and the tags, or among the 5,000 most popular tracks where there are none of these. `tags` is a list separated by commas; a track has to have all of them. `total` counts at most 1,000 tracks; `hasMore` tells whether another page follows.",
  security: guestOrScopes("audio:read"),
  middleware: [requireAccessOrGuest("audio:read")] as const,
  request: {
    query: pageQuery.safeExtend({
      query: z.string().trim().max(200).default("").openapi({ example: "电子音乐" }),
      genre: genreSchema.optional(),
      tags: formTagsSchema.openapi({ type: "string", example: "chill,night" }),
    }),
  },
  responses: { ...list, ...errors(400, 401, 403) },
});

const genresRoute = createRoute({
  method: "get",
  path: "/api/v1/audio/genres",
  operationId: "loopspaceGenres",
  tags: [TAGS.audio],
  summary: "List genres",
  description: "Returns the genres that have tracks, the one with the most tracks first; at most 200.",
  security: guestOrScopes("audio:read"),
  middleware: [requireAccessOrGuest("audio:read")] as const,
  responses: {
    200: json("The genres", genresSchema),
    ...errors(401, 403),
  },
});

const userTracksRoute = createRoute({
  method: "get",
  path: "/api/v1/users/{userId}/tracks",
  operationId: "loopspaceUserTracks",
  tags: [TAGS.users],
  summary: "List a user's tracks",
  description: "Newest first. `me` is the caller, whose private and unfinished tracks are included.",
  security: guestOrScopes("audio:read"),
  middleware: [requireAccessOrGuest("audio:read")] as const,
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
      // The number of parallel calls needs no limit: each only signs URLs, without input or output.
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
