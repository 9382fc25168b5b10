import { createRoute, z } from "@hono/zod-openapi";
import { KIB, limitBody } from "../../../http/body.ts";
import { clientNetwork } from "../../../http/client.ts";
import type { AppContext } from "../../../http/context.ts";
import { newRouter } from "../../../http/validation.ts";
import { utcDay } from "../../../lib/clock.ts";
import { hmacSha256Hex } from "../../../lib/secrets.ts";
import { requireAccess, welcome } from "../access.ts";
import { audioSchema, toAudio, trackFields, viewerOf } from "../audio-wire.ts";
import { respond } from "../respond.ts";
import { errors, json, jsonBody, open, secured, TAGS } from "./operation.ts";

export const audioParams = z.object({
  audioId: z
    .string()
    .openapi({ param: { name: "audioId", in: "path" }, example: "audio_Zm9vYmFyYmF6cXV4MTIz" }),
});

const getRoute = createRoute({
  method: "get",
  path: "/api/v1/audio/{audioId}",
  operationId: "loopspaceAudio",
  tags: [TAGS.audio],
  summary: "A track",
  description: "With its waveform once it is `ready`. What is private or not ready is its owner's alone.",
  security: open("audio:read"),
  middleware: [welcome("audio:read")] as const,
  request: { params: audioParams },
  responses: { 200: json("The track", audioSchema), ...errors(401, 403, 404) },
});

const updateRoute = createRoute({
  method: "patch",
  path: "/api/v1/audio/{audioId}",
  operationId: "loopspaceUpdateAudio",
  tags: [TAGS.audio],
  summary: "Change what is said of a track",
  description: "By its owner. What is left out stays.",
  security: secured("audio:write"),
  middleware: [requireAccess("audio:write"), limitBody(64 * KIB)] as const,
  request: { params: audioParams, body: jsonBody(z.object(trackFields).partial()) },
  responses: { 200: json("The track", audioSchema), ...errors(400, 401, 403, 404, 413) },
});

const deleteRoute = createRoute({
  method: "delete",
  path: "/api/v1/audio/{audioId}",
  operationId: "loopspaceDeleteAudio",
  tags: [TAGS.audio],
  summary: "Delete a track",
  description:
    "By its owner, with its files. One that somebody bought is gone for everybody else, its owner among them; who bought it keeps it.",
  security: secured("audio:write"),
  middleware: [requireAccess("audio:write")] as const,
  request: { params: audioParams },
  responses: { 204: { description: "Deleted" }, ...errors(401, 403, 404) },
});

const playRoute = createRoute({
  method: "post",
  path: "/api/v1/audio/{audioId}/plays",
  operationId: "loopspacePlay",
  tags: [TAGS.audio],
  summary: "Count a listener",
  description: "Each account, and each network of guests, counts once a UTC day.",
  security: open("audio:read"),
  middleware: [welcome("audio:read")] as const,
  request: { params: audioParams },
  responses: {
    200: json("How many there were", z.object({ playsCount: z.int() })),
    ...errors(401, 403, 404),
  },
});

/** Of which nobody is found. */
const listenerOf = (c: AppContext): Promise<string> => {
  const { user } = c.get("access") ?? {};
  const who = user ? `user:${user.uuid}` : `guest:${clientNetwork(c)}`;
  return hmacSha256Hex(c.get("services").settings.JWT_SECRET, `listener:${utcDay(Date.now())}:${who}`);
};

/** Whoever may write is somebody. */
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
    const counted = await audioLibrary.play(viewerOf(c), await listenerOf(c), c.req.valid("param").audioId);
    return respond(c, counted, (value) => c.json({ playsCount: value }, 200));
  });
