import { Hono } from "hono";
import { mediaKeyOf, thumbnailKeyOf } from "../core/generation/index.ts";
import { uploadKeyOf, uploadThumbnailKeyOf } from "../core/media/index.ts";
import { type AppEnv, fail } from "../http/context.ts";
import { isMediaUrlValid, type MediaPart } from "../http/media-urls.ts";
import { serveObject } from "../http/serve-object.ts";

const YEAR_SECONDS = 31_536_000;

/**
 * Serves media by URL: media of tasks need a signed URL; uploads, covers and avatars need only their unguessable id.
 */
export const mediaRoutes = (): Hono<AppEnv> => {
  const routes = new Hono<AppEnv>();

  routes.get("/media/tasks/:id{[0-9a-f-]{36}}/:part{video|(?:image|thumbnail)(?:-[1-3])?}", async (c) => {
    const { id, part } = c.req.param();
    if (!(await isMediaUrlValid(c, id, part as MediaPart))) return fail(c, { code: "media_gone" });
    const [kind, index] = part.split("-");
    const keyOf = kind === "thumbnail" ? thumbnailKeyOf : mediaKeyOf;
    return serveObject(c, keyOf(id, Number(index ?? 0)), { cacheControl: "private, max-age=3600" });
  });

  // The id is an unguessable token, so the URL itself is the permission.
  routes.get("/media/uploads/:id{[A-Za-z0-9_-]{43}}/:part{file|thumbnail}", (c) => {
    const { id, part } = c.req.param();
    const key = part === "file" ? uploadKeyOf(id) : uploadThumbnailKeyOf(id);
    return serveObject(c, key, { cacheControl: `private, max-age=${YEAR_SECONDS}, immutable` });
  });

  routes.get("/media/audio-covers/:file{[A-Za-z0-9_-]+\\.webp}", (c) =>
    serveObject(c, `audio-covers/${c.req.param("file")}`, {
      cacheControl: `public, max-age=${YEAR_SECONDS}, immutable`,
    }),
  );

  routes.get("/media/avatars/:file{[A-Za-z0-9_-]+\\.webp}", (c) =>
    // A new picture gets a new URL, so this one never changes.
    serveObject(c, `avatars/${c.req.param("file")}`, {
      cacheControl: `public, max-age=${YEAR_SECONDS}, immutable`,
    }),
  );

  return routes;
};
