import { createRoute } from "@hono/zod-openapi";
import { KIB, limitBody } from "../../../http/body.ts";
import { clientNetwork } from "../../../http/client.ts";
import type { AppContext } from "../../../http/context.ts";
import { newRouter } from "../../../http/validation.ts";
import { utcDay } from "../../../lib/clock.ts";
import { requireAccess, requireAccessOrGuest } from "../access.ts";
import { audioParams, audioSchema, playsSchema, updateTrackSchema } from "../contract/index.ts";
import { respond } from "../respond.ts";
import { viewerOf } from "../viewer.ts";
import { errors, guestOrScopes, json, jsonBody, requireScopes, TAGS } from "./operation.ts";
import { toAudio } from "./to-audio.ts";

const getRoute = createRoute({
  method: "get",
  path: "/api/v1/audio/{audioId}",
  operationId: "loopspaceAudio",
  tags: [TAGS.audio],
  summary: "Get a track",
  description:
    "Includes the waveform once the track is `ready`. Only its owner sees a track that is private or not ready.",
  security: guestOrScopes("audio:read"),
  middleware: [requireAccessOrGuest("audio:read")] as const,
  request: { params: audioParams },
  responses: { 200: json("The track", audioSchema), ...errors(401, 403, 404) },
});

const updateRoute = createRoute({
  method: "patch",
  path: "/api/v1/audio/{audioId}",
  operationId: "loopspaceUpdateAudio",
  tags: [TAGS.audio],
  summary: "Update a track",
  description: "Only for the owner of the track. Fields that are left out keep their values.",
  security: requireScopes("audio:write"),
  middleware: [requireAccess("audio:write"), limitBody(64 * KIB)] as const,
  request: { params: audioParams, body: jsonBody(updateTrackSchema) },
  responses: { 200: json("The track", audioSchema), ...errors(400, 401, 403, 404, 413) },
});

const deleteRoute = createRoute({
  method: "delete",
  path: "/api/v1/audio/{audioId}",
  operationId: "loopspaceDeleteAudio",
  tags: [TAGS.audio],
  summary: "Delete a track",
  description:
    "Only for the owner of the track. Its files are deleted with it. A track that was bought stays available to its buyers only, and is deleted for everyone else, including its owner.",
  security: requireScopes("audio:write"),
  middleware: [requireAccess("audio:write")] as const,
  request: { params: audioParams },
  responses: { 204: { description: "Deleted" }, ...errors(401, 403, 404) },
});

const playRoute = createRoute({
  method: "post",
  path: "/api/v1/audio/{audioId}/plays",
  operationId: "loopspacePlay",
  tags: [TAGS.audio],
  summary: "Count a play",
  description: "Each account, and each network address of guests, counts once per UTC day.",
  security: guestOrScopes("audio:read"),
  middleware: [requireAccessOrGuest("audio:read")] as const,
  request: { params: audioParams },
  responses: {
    200: json("The number of plays so far", playsSchema),
    ...errors(401, 403, 404),
  },
});

/**
 * Returns a pseudonym of the listener for one UTC day. The account or address cannot be recovered from the stored
 * value.
 */
const listenerOf = (c: AppContext): string => {
  const { user } = c.get("access") ?? {};
  const who = user ? `user:${user.uuid}` : `guest:${clientNetwork(c)}`;
  return c.get("services").signer.sign("listener", `${utcDay(Date.now())}:${who}`);
};

/** Returns the caller as a viewer with a user id: a route that requires access always has an account. */
export const ownerOf = (c: AppContext) => ({ ...viewerOf(c), userId: c.get("access").user.id });

export const audio = newRouter()
  .openapi(getRoute, async (c) => {
    const found = await c.get("services").audioLibrary.find(viewerOf(c), c.req.valid("param").audioId);
    return respond(c, found, async (value) => c.json(await toAudio(c, value), 200));
  })
  .openapi(updateRoute, async (c) => {
    const { audioLibrary } = c.get("services");
    const changed = await audioLibrary.update(ownerOf(c), c.req.valid("param").audioId, c.req.valid("json"));
    return respond(c, changed, async (value) => c.json(await toAudio(c, value), 200));
  })
  .openapi(deleteRoute, async (c) => {
    const removed = await c.get("services").audioLibrary.remove(ownerOf(c), c.req.valid("param").audioId);
    return respond(c, removed, () => c.body(null, 204));
  })
  .openapi(playRoute, async (c) => {
    const { audioLibrary } = c.get("services");
    const counted = await audioLibrary.play(viewerOf(c), listenerOf(c), c.req.valid("param").audioId);
    return respond(c, counted, (value) => c.json({ playsCount: value }, 200));
  });
