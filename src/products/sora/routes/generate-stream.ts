import { createRoute, z } from "@hono/zod-openapi";
import {
  isTerminal,
  progressOf,
  type Task,
  taskProgressSchema,
  versionOf,
} from "../../../core/generation/index.ts";
import { type ProgressEvent, taskTopic } from "../../../core/progress/index.ts";
import { KIB, limitBody } from "../../../http/body.ts";
import { type AppContext, fail } from "../../../http/context.ts";
import { idempotencyHeaders, idempotently } from "../../../http/idempotency.ts";
import { progressStream } from "../../../http/sse.ts";
import { newRouter } from "../../../http/validation.ts";
import { signedInToGenerate } from "../limits.ts";
import { mediaUrlsOf } from "../urls.ts";
import { toVideoProgress } from "../wire.ts";
import { newVideoOf, newVideoSchema, PRODUCT } from "./generate.ts";
import { BEARER_SECURITY, errors, jsonBody, TAGS } from "./operation.ts";

const route = createRoute({
  method: "post",
  path: "/api/videos/generate-stream",
  operationId: "soraGenerateStream",
  tags: [TAGS.videos],
  summary: "Generate a video and watch",
  description:
    "As `generate`, answered with server-sent events: one `data:` line for each change, the object of `/status`, the last one settled; a comment every 15 seconds between. Hanging up cancels nothing.",
  security: BEARER_SECURITY,
  middleware: [signedInToGenerate, limitBody(64 * KIB)] as const,
  request: { headers: idempotencyHeaders, body: jsonBody(newVideoSchema) },
  responses: {
    200: { description: "Each change", content: { "text/event-stream": { schema: z.string() } } },
    ...errors(400, 401, 402, 409, 413, 422, 503),
  },
});

const eventOf = (task: Task): ProgressEvent => ({
  key: task.id,
  version: versionOf(task),
  terminal: isTerminal(task.state),
  data: { ...progressOf(task) },
});

/** Watches one of the caller's tasks. */
const watch = (c: AppContext, id: string): Response => {
  const { generator } = c.get("services");
  const userId = c.get("caller").user.id;
  const read = async (): Promise<Task | undefined> => {
    const found = await generator.find(userId, PRODUCT, id);
    return found.ok ? found.value : undefined;
  };
  return progressStream({
    subscribe: () => c.get("services").subscribe(taskTopic(id)),
    current: async () => {
      const task = await read();
      return task && eventOf(task);
    },
    render: async ({ data, terminal }) => {
      // The last one is told as it is stored: where the media are, why it failed.
      const task = terminal ? await read() : undefined;
      const shown = task ?? taskProgressSchema.parse(data);
      const urls = task && (await mediaUrlsOf(c, task));
      return toVideoProgress(shown, urls, Date.now());
    },
  });
};

export const generateStream = newRouter().openapi(route, (c) => {
  const asked = c.req.valid("json");
  const { generator } = c.get("services");
  return idempotently(
    c,
    async (id) => {
      const submitted = await generator.submit(newVideoOf(c, asked, id));
      return submitted.ok ? watch(c, submitted.value.id) : fail(c, submitted.error);
    },
    { onReplay: { keep: (id) => id, answer: async (id) => watch(c, id) } },
  ) as never;
});
