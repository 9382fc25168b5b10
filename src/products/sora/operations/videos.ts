import { createRoute, z } from "@hono/zod-openapi";
import { resultOf } from "../../../core/generation/index.ts";
import { answerOrigin } from "../../../http/origins.ts";
import { newRouter } from "../../../http/validation.ts";
import {
  idParams,
  messageSchema,
  pageOf,
  pageQuery,
  videoProgressSchema,
  videoSchema,
  videoStatus,
} from "../contract.ts";
import { signedIn } from "../limits.ts";
import { fail, respond } from "../respond.ts";
import { toPage, toVideoProgress } from "../to-wire.ts";
import { mediaUrlsOf } from "../urls.ts";
import { PRODUCT, videoOf } from "./generate.ts";
import { BEARER_SECURITY, errors, json, TAGS } from "./operation.ts";

const listRoute = createRoute({
  method: "get",
  path: "/api/videos",
  operationId: "soraVideos",
  tags: [TAGS.videos],
  summary: "List the caller's videos",
  description: "Lists all videos or those with one status, newest first.",
  security: BEARER_SECURITY,
  middleware: [signedIn] as const,
  request: { query: pageQuery.extend({ status: videoStatus.optional() }) },
  responses: { 200: json("One page of videos", pageOf(videoSchema)), ...errors(400, 401) },
});

const getRoute = createRoute({
  method: "get",
  path: "/api/videos/{id}",
  operationId: "soraVideo",
  tags: [TAGS.videos],
  summary: "Get a video",
  description: "A video of another account is not found.",
  security: BEARER_SECURITY,
  middleware: [signedIn] as const,
  request: { params: idParams },
  responses: { 200: json("The video", videoSchema), ...errors(400, 401, 404) },
});

const statusRoute = createRoute({
  method: "get",
  path: "/api/videos/{id}/status",
  operationId: "soraVideoStatus",
  tags: [TAGS.videos],
  summary: "Get the progress of a video",
  description: "`progress` never decreases. `estimatedTimeRemaining` is an estimate.",
  security: BEARER_SECURITY,
  middleware: [signedIn] as const,
  request: { params: idParams },
  responses: { 200: json("The progress", videoProgressSchema), ...errors(400, 401, 404) },
});

const deleteRoute = createRoute({
  method: "delete",
  path: "/api/videos/{id}",
  operationId: "soraDeleteVideo",
  tags: [TAGS.videos],
  summary: "Delete a video",
  description:
    "Deletes the video with its files and its shared link. A video in progress is cancelled and refunded.",
  security: BEARER_SECURITY,
  middleware: [signedIn] as const,
  request: { params: idParams },
  responses: { 200: json("The video is deleted", messageSchema), ...errors(400, 401, 404) },
});

const cancelRoute = createRoute({
  method: "post",
  path: "/api/videos/{id}/cancel",
  operationId: "soraCancelVideo",
  tags: [TAGS.videos],
  summary: "Cancel a video",
  description:
    "Refunds the video and asks the provider to stop. Repeating the call changes nothing. A video that has completed or failed cannot be cancelled.",
  security: BEARER_SECURITY,
  middleware: [signedIn] as const,
  request: { params: idParams },
  responses: { 200: json("The cancelled video", videoSchema), ...errors(400, 401, 404, 409) },
});

const shareRoute = createRoute({
  method: "post",
  path: "/api/videos/{id}/share",
  operationId: "soraShareVideo",
  tags: [TAGS.videos],
  summary: "Share a video",
  description:
    "Creates a public page with a player, at an unguessable URL. Repeating the call returns the same URL until the link is revoked.",
  security: BEARER_SECURITY,
  middleware: [signedIn] as const,
  request: { params: idParams },
  responses: {
    200: json("The URL of the page", z.object({ shareUrl: z.url() }).openapi("SoraShare")),
    ...errors(400, 401, 404, 409),
  },
});

const unshareRoute = createRoute({
  method: "delete",
  path: "/api/videos/{id}/share",
  operationId: "soraUnshareVideo",
  tags: [TAGS.videos],
  summary: "Revoke a shared link",
  description: "The page is removed at once. Sharing again creates a new URL.",
  security: BEARER_SECURITY,
  middleware: [signedIn] as const,
  request: { params: idParams },
  responses: { 200: json("The link is revoked", messageSchema), ...errors(400, 401, 404) },
});

export const videos = newRouter()
  .openapi(listRoute, async (c) => {
    const { status, ...page } = c.req.valid("query");
    const { generator } = c.get("services");
    const listed = await generator.list(c.get("caller").user.id, {
      product: PRODUCT,
      states: status && [status],
      ...page,
    });
    return c.json(
      toPage(await Promise.all(listed.tasks.map((task) => videoOf(c, task))), listed.total, page),
      200,
    );
  })
  .openapi(getRoute, async (c) => {
    const { generator } = c.get("services");
    const found = await generator.find(c.get("caller").user.id, PRODUCT, c.req.valid("param").id);
    return respond(c, found, async (value) => c.json(await videoOf(c, value), 200));
  })
  .openapi(statusRoute, async (c) => {
    const { generator } = c.get("services");
    const found = await generator.find(c.get("caller").user.id, PRODUCT, c.req.valid("param").id);
    if (!found.ok) return fail(c, found.error);
    c.header("Cache-Control", "no-store");
    return c.json(
      toVideoProgress(found.value, await mediaUrlsOf(c, found.value.id, resultOf(found.value)), Date.now()),
      200,
    );
  })
  .openapi(deleteRoute, async (c) => {
    const { generator } = c.get("services");
    const removed = await generator.remove(c.get("caller").user.id, PRODUCT, c.req.valid("param").id);
    return respond(c, removed, () => c.json({ message: "视频已删除" }, 200));
  })
  .openapi(cancelRoute, async (c) => {
    const { generator } = c.get("services");
    const cancelled = await generator.cancel(c.get("caller").user.id, PRODUCT, c.req.valid("param").id);
    return respond(c, cancelled, async (value) => c.json(await videoOf(c, value), 200));
  })
  .openapi(shareRoute, async (c) => {
    const { generator } = c.get("services");
    const shared = await generator.share(c.get("caller").user.id, PRODUCT, c.req.valid("param").id);
    if (!shared.ok) return fail(c, shared.error);
    return c.json({ shareUrl: `${answerOrigin(c)}/share/${shared.value}` }, 200);
  })
  .openapi(unshareRoute, async (c) => {
    const { generator } = c.get("services");
    const hidden = await generator.unshare(c.get("caller").user.id, PRODUCT, c.req.valid("param").id);
    return respond(c, hidden, () => c.json({ message: "已取消分享" }, 200));
  });
