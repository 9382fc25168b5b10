import { createRoute } from "@hono/zod-openapi";
import { canDownload, type Track, type TrackPreview } from "../../../core/audio/index.ts";
import type { AppContext } from "../../../http/context.ts";
import { isSignedUrl } from "../../../http/media-urls.ts";
import { serveObject } from "../../../http/serve-object.ts";
import { newRouter } from "../../../http/validation.ts";
import type { Result } from "../../../lib/result.ts";
import { welcome } from "../access.ts";
import { viewerOf } from "../audio-wire.ts";
import { fail } from "../respond.ts";
import { errorSchema } from "../wire.ts";
import { audioParams } from "./audio.ts";
import { errors, json, open, TAGS } from "./operation.ts";

const EXTENSIONS: Readonly<Record<string, string>> = {
  "audio/mpeg": "mp3",
  "audio/wav": "wav",
  "audio/flac": "flac",
  "audio/aac": "aac",
  "audio/mp4": "m4a",
};

const file = {
  200: { description: "The file", content: { "audio/*": {} } },
  206: { description: "A range of it", content: { "audio/*": {} } },
  304: { description: "The client has it" },
  416: json("The file has no such range; `Content-Range` says its length", errorSchema),
};

const streamRoute = createRoute({
  method: "get",
  path: "/api/v1/audio/{audioId}/stream",
  operationId: "loopspaceStream",
  tags: [TAGS.audio],
  summary: "Listen",
  description:
    "The file as it was uploaded, with ranges and conditions. Of a priced track who has not bought it gets the beginning: at most 30 seconds, at most half of it. 403 where no beginning of it can be played.",
  security: open("audio:read"),
  middleware: [welcome("audio:read")] as const,
  request: { params: audioParams },
  responses: { ...file, ...errors(401, 403, 404) },
});

const downloadRoute = createRoute({
  method: "get",
  path: "/api/v1/audio/{audioId}/download",
  operationId: "loopspaceDownload",
  tags: [TAGS.audio],
  summary: "Download",
  description: "As an attachment: for its owner and its buyers, and for everybody where it is free.",
  security: open("audio:read"),
  middleware: [welcome("audio:read")] as const,
  request: { params: audioParams },
  responses: { ...file, ...errors(401, 403, 404) },
});

/** The track, and whether the whole of it is for this caller: because of who they are, or by a signed address. */
const find = async (c: AppContext, id: string): Promise<{ track: Result<Track>; isWhole: boolean }> => {
  const { audioLibrary } = c.get("services");
  if (await isSignedUrl(c)) return { track: await audioLibrary.findBySignedUrl(id), isWhole: true };
  const viewer = viewerOf(c);
  const track = await audioLibrary.find(viewer, id);
  return { track, isWhole: track.ok && canDownload(track.value, viewer.userId) };
};

/** The beginning, as if that were all. */
const servePreview = (c: AppContext, { key, bytes }: TrackPreview, contentType: string) =>
  serveObject(c, key, {
    cacheControl: "no-store",
    contentType,
    ...(bytes !== undefined && { onlyBytes: bytes }),
  });

const CACHE = "private, max-age=3600";

export const audioFiles = newRouter()
  .openapi(streamRoute, async (c) => {
    const { track, isWhole } = await find(c, c.req.valid("param").audioId);
    if (!track.ok) return fail(c, track.error);
    const { key, mediaType, preview } = track.value;
    if (isWhole) return serveObject(c, key, { cacheControl: CACHE, contentType: mediaType });
    if (!preview) return fail(c, { code: "forbidden" });
    return servePreview(c, preview, mediaType);
  })
  .openapi(downloadRoute, async (c) => {
    const { track, isWhole } = await find(c, c.req.valid("param").audioId);
    if (!track.ok) return fail(c, track.error);
    if (!isWhole) return fail(c, { code: "forbidden" });
    const { key, mediaType: contentType, title } = track.value;
    const fileName = `${title}.${EXTENSIONS[contentType] ?? "bin"}`;
    return serveObject(c, key, { cacheControl: CACHE, contentType, fileName });
  });
