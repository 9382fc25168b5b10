import { createRoute, z } from "@hono/zod-openapi";
import type { Task } from "../../../core/generation/index.ts";
import type { AppContext } from "../../../http/context.ts";
import { newRouter } from "../../../http/validation.ts";
import { id, taskSchema } from "../contract/index.ts";
import { signedIn } from "../limits.ts";
import { PRODUCT, reply } from "../reply.ts";
import { fail, respond } from "../respond.ts";
import { taskFiles } from "../urls.ts";
import { BEARER_SECURITY, data, errors, TAGS } from "./operation.ts";
import { toTaskWire } from "./to-task.ts";

const params = z.object({ taskId: id.openapi({ param: { name: "taskId", in: "path" } }) });

const taskRoute = createRoute({
  method: "get",
  path: "/api/v1/generate/task/{taskId}",
  operationId: "studioTask",
  tags: [TAGS.generation],
  summary: "Get a task",
  description: "A task generates images or a video. `result` is present once the task is completed.",
  security: BEARER_SECURITY,
  middleware: [signedIn] as const,
  request: { params },
  responses: { 200: data("The task", taskSchema), ...errors(400, 401, 404) },
});

const videoTaskRoute = createRoute({
  method: "get",
  path: "/api/v1/generate/video-task/{taskId}",
  operationId: "studioVideoTask",
  tags: [TAGS.generation],
  summary: "Get a video task",
  description: "A task that generates images is not found here.",
  security: BEARER_SECURITY,
  middleware: [signedIn] as const,
  request: { params },
  responses: { 200: data("The task", taskSchema), ...errors(400, 401, 404) },
});

const cancelRoute = createRoute({
  method: "post",
  path: "/api/v1/generate/task/{taskId}/cancel",
  operationId: "studioCancelTask",
  tags: [TAGS.generation],
  summary: "Cancel a task",
  description:
    "Refunds the task and asks the provider to stop. Repeating the call changes nothing. A task that has completed or failed cannot be cancelled.",
  security: BEARER_SECURITY,
  middleware: [signedIn] as const,
  request: { params },
  responses: { 200: data("The cancelled task", taskSchema), ...errors(400, 401, 404, 409) },
});

const shown = async (c: AppContext, task: Task) => {
  c.header("Cache-Control", "no-store");
  return reply(c, toTaskWire(task, await taskFiles(c, task)));
};

export const tasks = newRouter()
  .openapi(taskRoute, async (c) => {
    const { generator } = c.get("services");
    const found = await generator.find(c.get("caller").user.id, PRODUCT, c.req.valid("param").taskId);
    return respond(c, found, (value) => shown(c, value));
  })
  .openapi(videoTaskRoute, async (c) => {
    const { generator } = c.get("services");
    const found = await generator.find(c.get("caller").user.id, PRODUCT, c.req.valid("param").taskId);
    if (!found.ok) return fail(c, found.error);
    return found.value.kind === "video"
      ? shown(c, found.value)
      : fail(c, { code: "not_found", what: "task" });
  })
  .openapi(cancelRoute, async (c) => {
    const { generator } = c.get("services");
    const cancelled = await generator.cancel(c.get("caller").user.id, PRODUCT, c.req.valid("param").taskId);
    return respond(c, cancelled, (value) => shown(c, value));
  });
