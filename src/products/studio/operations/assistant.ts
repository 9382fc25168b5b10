import { createRoute, z } from "@hono/zod-openapi";
import type { MiddlewareHandler } from "hono";
import { KIB, limitBody } from "../../../http/body.ts";
import type { AppContext, AppEnv } from "../../../http/context.ts";
import { eventStream, lastEventIdHeaders, lastEventIdOf, streamIsOver } from "../../../http/sse.ts";
import { newRouter } from "../../../http/validation.ts";
import { isoTime } from "../../../lib/clock.ts";
import {
  type ChatEvent,
  chatSchema,
  conversationDetailSchema,
  conversationSchema,
  emptySchema,
  idParams,
  pageOf,
  pageQuery,
  renameConversationSchema,
} from "../contract/index.ts";
import type { Answer, AnswerEvent, Conversation } from "../domain/assistant/index.ts";
import { signedIn, signedInOrResume } from "../limits.ts";
import { reply } from "../reply.ts";
import { fail, respond } from "../respond.ts";
import { BEARER_SECURITY, data, errors, jsonBody, TAGS } from "./operation.ts";

/** `{conversationId}:{messageId}:{characters sent so far}`; the last part is `end` for the final event. */
const EVENT_ID = /^([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}):(\d{1,15}):(\d{1,9}|end)$/i;

const resumedOf = (c: AppContext) => {
  const [, conversationId = "", messageId, at] = EVENT_ID.exec(lastEventIdOf(c) ?? "") ?? [];
  return at === undefined
    ? undefined
    : { conversationId: conversationId.toLowerCase(), messageId: Number(messageId), at };
};

/** Streams the events of an answer, each with an id from which a client can resume. */
const streamOf = ({ conversationId, messageId, events }: Answer, offset?: number): Response =>
  eventStream(async function* (signal) {
    let sent = offset ?? 0;
    const idAt = (at: number | "end") => `${conversationId}:${messageId}:${at}`;
    const source = events(signal);
    // Started before the first event is yielded, so that a client that disconnects here also stops the answer.
    let next = source.next();
    try {
      // The first event carries an id. Without it, a client that loses its connection before the first token would
      // send the message again.
      if (offset === undefined) yield { id: idAt(0), data: { type: "token", content: "" } };
      for (let step = await next; !step.done; step = await next) {
        const event = step.value;
        if (event.type === "token") sent += event.content.length;
        yield { id: idAt(event.type === "token" ? sent : "end"), data: toEvent(event) };
        next = source.next();
      }
    } finally {
      await source.return();
    }
  });

/** Resumes an answer without reading the body: the message was stored by the first request. */
const resumeWhereAsked: MiddlewareHandler<AppEnv> = async (c, next) => {
  const resumed = resumedOf(c);
  if (!resumed) return next();
  const { conversationId, messageId, at } = resumed;
  if (at === "end") return streamIsOver();
  const { assistant: engine } = c.get("services");
  const answer = await engine.resume(c.get("caller").user.id, conversationId, messageId, Number(at));
  return answer.ok ? streamOf(answer.value, Number(at)) : streamIsOver();
};

const chatRoute = createRoute({
  method: "post",
  path: "/api/v1/assistant/chat",
  operationId: "studioChat",
  tags: [TAGS.assistant],
  summary: "Send a message to the assistant",
  description:
    'The answer is a stream of server-sent events: `{"type":"token","content"}` for each piece of text, then `{"type":"done","conversationId"}`, or `{"type":"error","message","conversationId"}` if the provider fails. Closing the connection stops the provider; the text until then is stored in the conversation. Each event has an `id`. A request with one of these ids as `Last-Event-ID` repeats neither the message nor the call of the provider and counts for no limit: it returns the stored text after that event, then `done`.',
  security: BEARER_SECURITY,
  middleware: [
    signedInOrResume((c) => resumedOf(c) !== undefined),
    limitBody(64 * KIB),
    resumeWhereAsked,
  ] as const,
  request: {
    headers: lastEventIdHeaders,
    body: jsonBody(chatSchema, { message: "给我三个短视频的点子" }),
  },
  responses: {
    200: { description: "The answer", content: { "text/event-stream": { schema: z.string() } } },
    204: {
      description:
        "The client has received the whole answer, or the conversation does not exist: do not reconnect",
    },
    ...errors(400, 401, 404, 413, 503),
  },
});

const listRoute = createRoute({
  method: "get",
  path: "/api/v1/assistant/conversations",
  operationId: "studioConversations",
  tags: [TAGS.assistant],
  summary: "List the caller's conversations",
  description: "The most recently updated first.",
  security: BEARER_SECURITY,
  middleware: [signedIn] as const,
  request: { query: pageQuery },
  responses: { 200: data("One page of conversations", pageOf(conversationSchema)), ...errors(400, 401) },
});

const getRoute = createRoute({
  method: "get",
  path: "/api/v1/assistant/conversations/{id}",
  operationId: "studioConversation",
  tags: [TAGS.assistant],
  summary: "Get a conversation",
  description: "Returns the latest messages, oldest first. Use `before` to get earlier ones.",
  security: BEARER_SECURITY,
  middleware: [signedIn] as const,
  request: {
    params: idParams,
    query: z.object({
      before: z.coerce
        .number()
        .int()
        .min(1)
        .optional()
        .openapi({ description: "The id of a message: only earlier messages are returned" }),
      limit: z.coerce.number().int().min(1).max(200).default(100),
    }),
  },
  responses: {
    200: data("The conversation", conversationDetailSchema),
    ...errors(400, 401, 404),
  },
});

const renameRoute = createRoute({
  method: "put",
  path: "/api/v1/assistant/conversations/{id}",
  operationId: "studioRenameConversation",
  tags: [TAGS.assistant],
  summary: "Rename a conversation",
  description: "Until then, the title is taken from the first message.",
  security: BEARER_SECURITY,
  middleware: [signedIn, limitBody(16 * KIB)] as const,
  request: {
    params: idParams,
    body: jsonBody(renameConversationSchema, { title: "短视频点子" }),
  },
  responses: { 200: data("The conversation", conversationSchema), ...errors(400, 401, 404, 413) },
});

const deleteRoute = createRoute({
  method: "delete",
  path: "/api/v1/assistant/conversations/{id}",
  operationId: "studioDeleteConversation",
  tags: [TAGS.assistant],
  summary: "Delete a conversation",
  description: "Deletes the conversation with its messages.",
  security: BEARER_SECURITY,
  middleware: [signedIn] as const,
  request: { params: idParams },
  responses: { 200: data("The conversation is deleted", emptySchema), ...errors(400, 401, 404) },
});

const FAILURES = {
  moderated: "内容未通过安全审核",
  invalid: "服务商无法处理该请求",
  account: "助手暂不可用",
  unavailable: "助手连接中断，请重试",
  timeout: "助手响应超时，请重试",
} as const;

const toEvent = (event: AnswerEvent): ChatEvent =>
  event.type === "error"
    ? { type: event.type, message: FAILURES[event.reason], conversationId: event.conversationId }
    : event;

const toConversation = ({ id: conversationId, title, createdAt, updatedAt }: Conversation) => ({
  id: conversationId,
  title,
  createdAt: isoTime(createdAt),
  updatedAt: isoTime(updatedAt),
});

export const assistant = newRouter()
  .openapi(chatRoute, async (c) => {
    const { message, conversationId } = c.req.valid("json");
    const services = c.get("services");
    const answer = await services.assistant.ask(c.get("caller").user.id, message, conversationId);
    if (!answer.ok) return fail(c, answer.error);
    return streamOf(answer.value);
  })
  .openapi(listRoute, async (c) => {
    const { page, pageSize } = c.req.valid("query");
    const { conversations } = c.get("services");
    const listed = await conversations.list(c.get("caller").user.id, { page, limit: pageSize });
    return reply(c, {
      list: listed.conversations.map(toConversation),
      total: listed.total,
      page,
      pageSize,
    });
  })
  .openapi(getRoute, async (c) => {
    const { conversations } = c.get("services");
    const userId = c.get("caller").user.id;
    const found = await conversations.find(userId, c.req.valid("param").id, c.req.valid("query"));
    if (!found.ok) return fail(c, found.error);
    const { conversation, messages, hasMore } = found.value;
    return reply(c, {
      ...toConversation(conversation),
      messages: messages.map(({ id: messageId, role, content, status, model, createdAt }) => ({
        id: messageId,
        role,
        content,
        status,
        ...(model === null ? {} : { model }),
        createdAt: isoTime(createdAt),
      })),
      hasMore,
    });
  })
  .openapi(renameRoute, async (c) => {
    const { conversations } = c.get("services");
    const { title } = c.req.valid("json");
    const renamed = await conversations.rename(c.get("caller").user.id, c.req.valid("param").id, title);
    return respond(c, renamed, (value) => reply(c, toConversation(value)));
  })
  .openapi(deleteRoute, async (c) => {
    const { conversations } = c.get("services");
    const removed = await conversations.remove(c.get("caller").user.id, c.req.valid("param").id);
    return respond(c, removed, () => reply(c, {}));
  });
