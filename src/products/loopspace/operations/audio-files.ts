import { createRoute } from "@hono/zod-openapi";
import type { AppContext } from "../../../http/context.ts";
import { isSignedUrl } from "../../../http/media-urls.ts";
import { serveObject } from "../../../http/serve-object.ts";
import { newRouter } from "../../../http/validation.ts";
import type { Result } from "../../../lib/result.ts";
import { requireAccessOrGuest } from "../access.ts";
import { audioParams, errorSchema } from "../contract/index.ts";
import { PREVIEW_SECONDS } from "../domain/facts.ts";
import { canDownload, type Track, type TrackPreview } from "../domain/index.ts";
import { fail } from "../respond.ts";
import { viewerOf } from "../viewer.ts";
import { errors, guestOrScopes, json, TAGS } from "./operation.ts";

const EXTENSIONS: Readonly<Record<string, string>> = {
  "audio/mpeg": "mp3",
  "audio/wav": "wav",
  "audio/flac": "flac",
  "audio/aac": "aac",
  "audio/mp4": "m4a",
};

const file = {
  200: { description: "The file", content: { "audio/*": {} } },
  206: { description: "The requested range of the file", content: { "audio/*": {} } },
  304: { description: "The client's copy is current" },
  416: json("The range is outside the file; `Content-Range` gives its length in bytes", errorSchema),
};

const streamRoute = createRoute({
  method: "get",
  path: "/api/v1/audio/{audioId}/stream",
  operationId: "loopspaceStream",
  tags: [TAGS.audio],
  summary: "Stream a track",
  description: `Returns the file as it was uploaded. Range and conditional requests are supported. A caller that has not bought a priced track gets only its beginning: at most ${PREVIEW_SECONDS} seconds and at most half of the track. 403 where the track has no preview.`,
  security: guestOrScopes("audio:read"),
  middleware: [requireAccessOrGuest("audio:read")] as const,
  request: { params: audioParams },
  responses: { ...file, ...errors(401, 403, 404) },
});

const downloadRoute = createRoute({
  method: "get",
  path: "/api/v1/audio/{audioId}/download",
  operationId: "loopspaceDownload",
  tags: [TAGS.audio],
  summary: "Download a track",
  description:
    "Returns the file as an attachment: to its owner and its buyers, and to any caller where the track is free.",
  security: guestOrScopes("audio:read"),
  middleware: [requireAccessOrGuest("audio:read")] as const,
  request: { params: audioParams },
  responses: { ...file, ...errors(401, 403, 404) },
});

/** Finds a track and decides whether the caller may have the whole file: by its account, or by a valid signed URL. */
const find = async (c: AppContext, id: string): Promise<{ track: Result<Track>; isWhole: boolean }> => {
  const { audioLibrary } = c.get("services");
  if (await isSignedUrl(c)) return { track: await audioLibrary.findBySignedUrl(id), isWhole: true };
  const viewer = viewerOf(c);
  const track = await audioLibrary.find(viewer, id);
  return { track, isWhole: track.ok && canDownload(track.value, viewer.userId) };
};

/** Serves the preview as if it were the complete file, so that ranges and lengths do not reveal more. */
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
