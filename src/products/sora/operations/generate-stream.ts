import { createRoute, z } from "@hono/zod-openapi";
import type { MiddlewareHandler } from "hono";
import {
  isTerminal,
  LAST_RUNNING_VERSION,
  progressEventOf,
  resultOf,
  type Task,
  type TaskProgress,
  type TaskResult,
  taskProgressSchema,
  versionOf,
} from "../../../core/generation/index.ts";
import { userTopic } from "../../../core/progress/index.ts";
import { KIB, limitBody } from "../../../http/body.ts";
import type { AppContext, AppEnv } from "../../../http/context.ts";
import { idempotencyHeaders } from "../../../http/idempotency.ts";
import { lastEventIdHeaders, lastEventIdOf, progressStream, streamIsOver } from "../../../http/sse.ts";
import { newRouter } from "../../../http/validation.ts";
import { signedInToGenerateOrResume } from "../limits.ts";
import { idempotently, respond } from "../respond.ts";
import { toVideoProgress } from "../to-wire.ts";
import { mediaUrlsOf } from "../urls.ts";
import { newVideoOf, newVideoSchema, PRODUCT } from "./generate.ts";
import { BEARER_SECURITY, errors, jsonBody, TAGS } from "./operation.ts";

/** `{taskId}:{version}` */
const EVENT_ID = /^([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}):(\d{1,9})$/i;

/** Returns the last event that the client received. Unknown ids are ignored, as the SSE standard requires. */
const resumedOf = (c: AppContext): { taskId: string; version: number } | undefined => {
  const [, taskId, version] = EVENT_ID.exec(lastEventIdOf(c) ?? "") ?? [];
  return taskId === undefined ? undefined : { taskId: taskId.toLowerCase(), version: Number(version) };
};

const findOf = async (c: AppContext, id: string): Promise<Task | undefined> => {
  const found = await c.get("services").generator.find(c.get("caller").user.id, PRODUCT, id);
  return found.ok ? found.value : undefined;
};

/** Returns the result in an event. Events of an older Worker version lack it, so it is read from the row. */
const madeIn = async (c: AppContext, { id, state, made }: TaskProgress): Promise<TaskResult | undefined> => {
  if (made || state !== "COMPLETED") return made;
  const task = await findOf(c, id);
  return task && resultOf(task);
};

interface WatchOptions {
  /** The current state if it was read already. The stream begins with it. */
  readonly task?: Task | undefined;
  /** The version that the client already has. */
  readonly after?: number;
}

/** Streams the changes of one of the caller's tasks. */
const watch = (c: AppContext, id: string, { task, after }: WatchOptions = {}): Response => {
  const { user, sessionId } = c.get("caller");
  return progressStream({
    ...(task && { first: progressEventOf(task) }),
    ...(after !== undefined && { after }),
    subscribe: (known) =>
      c.get("services").progress.subscribe(userTopic(user.id), { tag: sessionId, key: id, after: known }),
    current: async () => {
      const task = await findOf(c, id);
      return task && progressEventOf(task);
    },
    render: async ({ data }) => {
      const progress = taskProgressSchema.parse(data);
      return toVideoProgress(progress, await mediaUrlsOf(c, id, await madeIn(c, progress)), Date.now());
    },
  });
};

/** Resumes the stream of a task. Charges nothing, because the task was paid for when its stream began. */
const resume = async (c: AppContext, { taskId, version }: { taskId: string; version: number }) => {
  const task = await findOf(c, taskId);
  if (!task) return streamIsOver();
  if (!isTerminal(task.state)) return watch(c, taskId, { after: Math.min(version, LAST_RUNNING_VERSION) });
  const last = versionOf(task);
  return version === last ? streamIsOver() : watch(c, taskId, { after: Math.min(version, last - 1) });
};

/** Resumes a stream without reading the body, which was handled by the first request. */
const resumeWhereAsked: MiddlewareHandler<AppEnv> = async (c, next) => {
  const resumed = resumedOf(c);
  return resumed ? resume(c, resumed) : next();
};

const route = createRoute({
  method: "post",
  path: "/api/videos/generate-stream",
  operationId: "soraGenerateStream",
  tags: [TAGS.videos],
  summary: "Generate a video and stream its progress",
  description:
    "Works like `generate`, but answers with server-sent events. Each change is one `data:` line with the object of `/status` and `id: {taskId}:{version}`; the last event has a final status. A comment is sent every 15 seconds. Closing the connection does not cancel the task. A request whose `Last-Event-ID` has this form resumes the stream of that task: it charges nothing and counts for no limit, and its body and `Idempotency-Key` are ignored. A `Last-Event-ID` in any other form is ignored.",
  security: BEARER_SECURITY,
  middleware: [
    signedInToGenerateOrResume((c) => resumedOf(c) !== undefined),
    limitBody(64 * KIB),
    resumeWhereAsked,
  ] as const,
  request: {
    headers: idempotencyHeaders.extend(lastEventIdHeaders.shape),
    body: jsonBody(newVideoSchema, {
      prompt: "一只可爱的小猫在草地上玩耍",
      duration: 5,
      aspectRatio: "16:9",
      hd: false,
    }),
  },
  responses: {
    200: { description: "The changes of the task", content: { "text/event-stream": { schema: z.string() } } },
    204: {
      description: "The client has received the last event, or the task does not exist: do not reconnect",
    },
    ...errors(400, 401, 402, 409, 413, 422, 503),
  },
});

export const generateStream = newRouter().openapi(route, (c) => {
  const asked = c.req.valid("json");
  const { generator } = c.get("services");
  return idempotently(
    c,
    async (id) => {
      const submitted = await generator.submit(newVideoOf(c, asked, id));
      return respond(c, submitted, (value) => watch(c, value.id, { task: value }));
    },
    // A replay starts with the current state: earlier changes were sent by the first request.
    { onReplay: { keep: (id) => id, answer: async (id) => watch(c, id, { task: await findOf(c, id) }) } },
  );
});
