import { createRoute, z } from "@hono/zod-openapi";
import { mediaKeyOf, resultOf, type Task } from "../../../core/generation/index.ts";
import { KIB, limitBody } from "../../../http/body.ts";
import type { AppContext } from "../../../http/context.ts";
import { serveObject } from "../../../http/serve-object.ts";
import { newRouter } from "../../../http/validation.ts";
import { isoTime } from "../../../lib/clock.ts";
import {
  emptySchema,
  idParams,
  pageOf,
  pageQuery,
  renameWorkSchema,
  workDetailSchema,
  workSchema,
  workStatus,
} from "../contract/index.ts";
import { signedIn } from "../limits.ts";
import { PRODUCT, reply } from "../reply.ts";
import { fail, respond } from "../respond.ts";
import { taskFiles, type WorkFile } from "../urls.ts";
import { BEARER_SECURITY, data, errors, jsonBody, TAGS } from "./operation.ts";
import { failureText, statesOf, statusOf, toResult } from "./to-task.ts";

const TITLE_CHARACTERS = 60;

const kinds = z.enum(["image", "video", "all"]);

const listRoute = createRoute({
  method: "get",
  path: "/api/v1/works",
  operationId: "studioWorks",
  tags: [TAGS.works],
  summary: "List the caller's works",
  description: "Newest first. A work is listed as soon as its task is submitted.",
  security: BEARER_SECURITY,
  middleware: [signedIn] as const,
  request: {
    query: pageQuery.extend({
      type: kinds.default("all"),
      status: z.enum(["all", ...workStatus.options]).default("all"),
    }),
  },
  responses: { 200: data("One page of works", pageOf(workSchema)), ...errors(400, 401) },
});

const getRoute = createRoute({
  method: "get",
  path: "/api/v1/works/{id}",
  operationId: "studioWork",
  tags: [TAGS.works],
  summary: "Get a work",
  description: "A work of another account is not found.",
  security: BEARER_SECURITY,
  middleware: [signedIn] as const,
  request: { params: idParams },
  responses: { 200: data("The work", workDetailSchema), ...errors(400, 401, 404) },
});

const renameRoute = createRoute({
  method: "put",
  path: "/api/v1/works/{id}",
  operationId: "studioRenameWork",
  tags: [TAGS.works],
  summary: "Rename a work",
  description: "The new title is shown on the square too.",
  security: BEARER_SECURITY,
  middleware: [signedIn, limitBody(16 * KIB)] as const,
  request: {
    params: idParams,
    body: jsonBody(renameWorkSchema, { title: "雨夜橘猫" }),
  },
  responses: { 200: data("The work", workSchema), ...errors(400, 401, 404, 413) },
});

const deleteRoute = createRoute({
  method: "delete",
  path: "/api/v1/works/{id}",
  operationId: "studioDeleteWork",
  tags: [TAGS.works],
  summary: "Delete a work",
  description:
    "Deletes the work with its files, also from the square. A work in progress is cancelled and refunded.",
  security: BEARER_SECURITY,
  middleware: [signedIn] as const,
  request: { params: idParams },
  responses: { 200: data("The work is deleted", emptySchema), ...errors(400, 401, 404) },
});

const file = { "image/png": {}, "image/jpeg": {}, "image/webp": {}, "video/mp4": {}, "video/webm": {} };

const downloadRoute = createRoute({
  method: "get",
  path: "/api/v1/works/{id}/download",
  operationId: "studioDownloadWork",
  tags: [TAGS.works],
  summary: "Download a work",
  description: "The file is named after the title. Range and conditional requests are supported.",
  security: BEARER_SECURITY,
  middleware: [signedIn] as const,
  request: {
    params: idParams,
    query: z.object({
      index: z.coerce
        .number()
        .int()
        .min(0)
        .max(3)
        .default(0)
        .openapi({ description: "The index of the image" }),
    }),
  },
  responses: {
    200: { description: "The file", content: file },
    206: { description: "A range of the file", content: file },
    304: { description: "The client's copy is current" },
    ...errors(400, 401, 404, 409, 416),
  },
});

const publishRoute = createRoute({
  method: "post",
  path: "/api/v1/works/{id}/publish",
  operationId: "studioPublishWork",
  tags: [TAGS.works],
  summary: "Publish a work on the square",
  description:
    "Only completed works can be published. Repeating the call changes nothing. A work that administrators took down cannot be published.",
  security: BEARER_SECURITY,
  middleware: [signedIn] as const,
  request: { params: idParams },
  responses: {
    200: data("The work is published", z.object({ published: z.literal(true) })),
    ...errors(400, 401, 404, 409),
  },
});

const unpublishRoute = createRoute({
  method: "delete",
  path: "/api/v1/works/{id}/publish",
  operationId: "studioUnpublishWork",
  tags: [TAGS.works],
  summary: "Remove a work from the square",
  description: "Also deletes its likes, favourites and views. Repeating the call changes nothing.",
  security: BEARER_SECURITY,
  middleware: [signedIn] as const,
  request: { params: idParams },
  responses: {
    200: data("The work is not on the square any more", z.object({ published: z.literal(false) })),
    ...errors(400, 401, 404),
  },
});

const titleOf = ({ title, prompt }: Task): string => {
  if (title !== null) return title;
  const characters = [...prompt.replace(/\s+/gu, " ")];
  return characters.length <= TITLE_CHARACTERS
    ? characters.join("")
    : `${characters.slice(0, TITLE_CHARACTERS - 1).join("")}…`;
};

const toWork = (task: Task, [first]: readonly WorkFile[]) => ({
  id: task.id,
  type: task.kind,
  title: titleOf(task),
  thumbnail: first?.thumbnail ?? "",
  status: statusOf(task.state),
  progress: task.progress,
  createdAt: isoTime(task.createdAt),
  fileUrl: first?.url ?? "",
});

const workOf = async (c: AppContext, task: Task) => toWork(task, await taskFiles(c, task));

const toDetail = async (c: AppContext, task: Task, published: boolean) => {
  const { negativePrompt, style } = task.params;
  const files = await taskFiles(c, task);
  const result = toResult(resultOf(task), files);
  const error = failureText(task);
  return {
    ...toWork(task, files),
    prompt: task.prompt,
    ...(negativePrompt === undefined ? {} : { negativePrompt }),
    ...(style === undefined ? {} : { style }),
    ...(task.model === null ? {} : { model: task.model }),
    cost: task.cost,
    ...(result === undefined ? {} : { result }),
    ...(error === undefined ? {} : { error }),
    published,
  };
};

export const works = newRouter()
  .openapi(listRoute, async (c) => {
    const { type, status, page, pageSize } = c.req.valid("query");
    const listed = await c.get("services").generator.list(c.get("caller").user.id, {
      product: PRODUCT,
      kind: type === "all" ? undefined : type,
      states: status === "all" ? undefined : statesOf(status),
      page,
      limit: pageSize,
    });
    const list = await Promise.all(listed.tasks.map((task) => workOf(c, task)));
    return reply(c, { list, total: listed.total, page, pageSize });
  })
  .openapi(getRoute, async (c) => {
    const { generator, square } = c.get("services");
    const { id: workId } = c.req.valid("param");
    const [found, published] = await Promise.all([
      generator.find(c.get("caller").user.id, PRODUCT, workId),
      square.find(workId, undefined),
    ]);
    return respond(c, found, async (value) => reply(c, await toDetail(c, value, published.ok)));
  })
  .openapi(renameRoute, async (c) => {
    const { generator } = c.get("services");
    const { title } = c.req.valid("json");
    const userId = c.get("caller").user.id;
    const renamed = await generator.rename(userId, PRODUCT, c.req.valid("param").id, title);
    return respond(c, renamed, async (value) => reply(c, await workOf(c, value)));
  })
  .openapi(deleteRoute, async (c) => {
    const { generator } = c.get("services");
    const removed = await generator.remove(c.get("caller").user.id, PRODUCT, c.req.valid("param").id);
    return respond(c, removed, () => reply(c, {}));
  })
  .openapi(downloadRoute, async (c) => {
    const { generator } = c.get("services");
    const found = await generator.find(c.get("caller").user.id, PRODUCT, c.req.valid("param").id);
    if (!found.ok) return fail(c, found.error);
    const task = found.value;
    if (task.state !== "COMPLETED")
      return fail(c, { code: "state_conflict", what: "work", state: task.state });
    const { index } = c.req.valid("query");
    return serveObject(c, mediaKeyOf(task.id, index), {
      cacheControl: "private, no-cache",
      attachment: titleOf(task),
    });
  })
  .openapi(publishRoute, async (c) => {
    const { square } = c.get("services");
    const published = await square.publish(c.get("caller").user.id, c.req.valid("param").id);
    return respond(c, published, () => reply(c, { published: true as const }));
  })
  .openapi(unpublishRoute, async (c) => {
    const { square } = c.get("services");
    const taken = await square.unpublish(c.get("caller").user.id, c.req.valid("param").id);
    return respond(c, taken, () => reply(c, { published: false as const }));
  });
