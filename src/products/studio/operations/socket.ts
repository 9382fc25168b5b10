import {
  progressEventOf,
  resultOf,
  type TaskProgress,
  type TaskResult,
  taskProgressSchema,
} from "../../../core/generation/index.ts";
import { userTopic } from "../../../core/progress/index.ts";
import type { AppContext } from "../../../http/context.ts";
import { reportException } from "../../../http/errors.ts";
import { closedSocket, progressSocket, UNAUTHORIZED_CLOSE } from "../../../http/progress-socket.ts";
import { newRouter } from "../../../http/validation.ts";
import type { LiveMessage } from "../contract/index.ts";
import { limitSocket } from "../limits.ts";
import { resultFiles } from "../urls.ts";
import { failureText, statusOf, toResult } from "./to-task.ts";

/** `Sec-WebSocket-Protocol: bearer, <token>` is the only header that a browser can set on a WebSocket. */
const SUBPROTOCOL = "bearer";

const tokenOf = (c: AppContext): { token: string | undefined; protocol: string | undefined } => {
  const query = c.req.query("token");
  const header = /^Bearer +(\S+)$/i.exec(c.req.header("authorization") ?? "")?.[1];
  const offered = (c.req.header("sec-websocket-protocol") ?? "").split(",").map((part) => part.trim());
  const isOffered = offered[0] === SUBPROTOCOL;
  return {
    token: query ?? header ?? (isOffered ? offered[1] : undefined),
    protocol: isOffered ? SUBPROTOCOL : undefined,
  };
};

/** Returns the result in an event. Events of an older Worker version lack it, so it is read from the row. */
const madeIn = async (
  c: AppContext,
  userId: number,
  { id, product, made }: TaskProgress,
): Promise<TaskResult | undefined> => {
  if (made) return made;
  const found = await c.get("services").generator.find(userId, product, id);
  return found.ok ? resultOf(found.value) : undefined;
};

/** Builds one of the three messages of the API document. */
const messageOf = async (
  c: AppContext,
  userId: number,
  progress: TaskProgress,
): Promise<LiveMessage | undefined> => {
  const { id: taskId, state } = progress;
  if (state === "PENDING" || state === "PROCESSING")
    return { type: "task_progress", taskId, progress: progress.progress, status: statusOf(state) };
  if (state !== "COMPLETED")
    return { type: "task_failed", taskId, error: failureText(progress) ?? "", status: statusOf(state) };
  const made = await madeIn(c, userId, progress);
  if (!made) return undefined;
  const result = toResult(made, await resultFiles(c, taskId, made));
  return { type: "task_complete", taskId, result: result ?? {} };
};

const open = async (c: AppContext): Promise<Response> => {
  if (c.req.header("upgrade")?.toLowerCase() !== "websocket")
    return c.text("This endpoint accepts only WebSocket connections", 426, { Upgrade: "websocket" });
  const services = c.get("services");
  const { token, protocol } = tokenOf(c);
  const claims = token === undefined ? undefined : await services.accessTokens.read(token);
  const caller = claims && (await services.accountSessions.find(claims, () => services.administrator.tag()));
  if (!claims || !caller?.ok) return closedSocket(UNAUTHORIZED_CLOSE, "sign in first", protocol);
  const { user, sessionId } = caller.value;
  return progressSocket({
    protocol,
    expiresAt: claims.exp * 1_000,
    subscribe: () => services.progress.subscribe(userTopic(user.id), { tag: sessionId }),
    current: async () => (await services.generator.activeTasks(user.id)).map(progressEventOf),
    render: ({ data }) => messageOf(c, user.id, taskProgressSchema.parse(data)),
    onError: (error) => reportException(c, error),
  });
};

/**
 * Live updates of all tasks of a user. OpenAPI does not describe WebSockets, so the product's description documents
 * this route.
 */
export const socket = newRouter();
for (const path of ["/ws", "/api/v1/ws"]) socket.get(path, limitSocket, open);
