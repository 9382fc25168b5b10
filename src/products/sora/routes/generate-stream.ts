import { createRoute, z } from "@hono/zod-openapi";
import type { MiddlewareHandler } from "hono";
import {
  isTerminal,
  LAST_RUNNING_VERSION,
  type Made,
  madeOf,
  progressEventOf,
  type Task,
  type TaskProgress,
  taskProgressSchema,
  versionOf,
} from "../../../core/generation/index.ts";
import { userTopic } from "../../../core/progress/index.ts";
import { KIB, limitBody } from "../../../http/body.ts";
import { type AppContext, type AppEnv, fail } from "../../../http/context.ts";
import { idempotencyHeaders, idempotently } from "../../../http/idempotency.ts";
import { lastEventIdHeaders, lastEventIdOf, progressStream, streamIsOver } from "../../../http/sse.ts";
import { newRouter } from "../../../http/validation.ts";
import { signedInToGenerateOrResume } from "../limits.ts";
import { mediaUrlsOf } from "../urls.ts";
import { toVideoProgress } from "../wire.ts";
import { newVideoOf, newVideoSchema, PRODUCT } from "./generate.ts";
import { BEARER_SECURITY, errors, jsonBody, TAGS } from "./operation.ts";

/** `{taskId}:{version}` */
const EVENT_ID = /^([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}):(\d{1,9})$/i;

/** What the client of a stream has got last. Anything that is no id of ours is ignored, as the SSE standard wants it. */
const resumedOf = (c: AppContext): { taskId: string; version: number } | undefined => {
  const [, taskId, version] = EVENT_ID.exec(lastEventIdOf(c) ?? "") ?? [];
  return taskId === undefined ? undefined : { taskId: taskId.toLowerCase(), version: Number(version) };
};

const findOf = async (c: AppContext, id: string): Promise<Task | undefined> => {
  const found = await c.get("services").generator.find(c.get("caller").user.id, PRODUCT, id);
  return found.ok ? found.value : undefined;
};

/** What was made, as an event says it; events of an older version of the Worker leave it to the row. */
const madeIn = async (c: AppContext, { id, state, made }: TaskProgress): Promise<Made | undefined> => {
  if (made || state !== "COMPLETED") return made;
  const task = await findOf(c, id);
  return task && madeOf(task);
};

interface WatchOptions {
  /** As it stands, where that was read already: what the stream begins with. */
  readonly task?: Task | undefined;
  /** The version the client has already. */
  readonly after?: number;
}

/** Watches one of the caller's tasks. */
const watch = (c: AppContext, id: string, { task, after }: WatchOptions = {}): Response => {
  const { user, sessionId } = c.get("caller");
  return progressStream({
    ...(task && { first: progressEventOf(task) }),
    ...(after !== undefined && { after }),
    subscribe: (known) =>
      c.get("services").subscribe(userTopic(user.id), { tag: sessionId, key: id, after: known }),
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

/** Goes on with the stream of a task. Charges nothing: the task of the id was paid for when its stream began. */
const resume = async (c: AppContext, { taskId, version }: { taskId: string; version: number }) => {
  const task = await findOf(c, taskId);
  if (!task) return streamIsOver();
  if (!isTerminal(task.state)) return watch(c, taskId, { after: Math.min(version, LAST_RUNNING_VERSION) });
  const last = versionOf(task);
  return version === last ? streamIsOver() : watch(c, taskId, { after: Math.min(version, last - 1) });
};

/** Before the body is looked at: what was asked the first time is of no matter any more. */
const resumeWhereAsked: MiddlewareHandler<AppEnv> = async (c, next) => {
  const resumed = resumedOf(c);
  return resumed ? resume(c, resumed) : next();
};

const route = createRoute({
  method: "post",
  path: "/api/videos/generate-stream",
  operationId: "soraGenerateStream",
  tags: [TAGS.videos],
  summary: "Generate a video and watch",
  description:
    "As `generate`, answered with server-sent events: one `data:` line for each change, the object of `/status`, with `id: {taskId}:{version}`; the last one is settled; a comment every 15 seconds between. Hanging up cancels nothing. A request whose `Last-Event-ID` has that form goes on with the stream of that task: it charges nothing, counts for no limit, and its body and `Idempotency-Key` are ignored. A `Last-Event-ID` of another form is ignored.",
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
    200: { description: "Each change", content: { "text/event-stream": { schema: z.string() } } },
    204: { description: "The client has the last event of the task, or there is no such task: stop here" },
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
      return submitted.ok
        ? watch(c, submitted.value.id, { task: submitted.value })
        : fail(c, submitted.error);
    },
    // As it stands now: what came before was sent the first time.
    { onReplay: { keep: (id) => id, answer: async (id) => watch(c, id, { task: await findOf(c, id) }) } },
  ) as never;
});
