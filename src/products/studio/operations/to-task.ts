/** Converts tasks to the wire format of the contract. */

import type { z } from "@hono/zod-openapi";
import { resultOf, type Task, type TaskResult } from "../../../core/generation/index.ts";
import type { resultSchema, submittedSchema, taskSchema, WorkStatus } from "../contract/index.ts";
import type { WorkFile } from "../urls.ts";

const STATUS: Record<Task["state"], WorkStatus> = {
  PENDING: "processing",
  PROCESSING: "processing",
  COMPLETED: "completed",
  FAILED: "failed",
  CANCELLED: "cancelled",
};

export const statusOf = (state: Task["state"]): WorkStatus => STATUS[state];

export const statesOf = (status: WorkStatus): Task["state"][] =>
  (Object.keys(STATUS) as Task["state"][]).filter((state) => STATUS[state] === status);

const FAILURES: Record<NonNullable<Task["failure"]>, string> = {
  moderated: "内容未通过安全审核，算力已退还",
  invalid: "该模型无法生成所请求的内容，算力已退还",
  provider_failed: "生成服务未能完成，算力已退还",
  provider_unavailable: "生成服务暂不可用，算力已退还",
  provider_unanswered: "生成服务没有响应，算力已退还",
  deadline: "生成超时，算力已退还",
  internal: "服务器错误，算力已退还",
};

/** Returns the message for a failed or cancelled task. Undefined for any other task. */
export const failureText = ({ state, failure }: Pick<Task, "state" | "failure">): string | undefined => {
  if (state === "CANCELLED") return "已取消，算力已退还";
  return failure === null ? undefined : FAILURES[failure];
};

/** A rough estimate in seconds. */
const TYPICAL_SECONDS = { image: 30, video: 120 } as const;

export const toSubmitted = (task: Task): z.output<typeof submittedSchema> => ({
  taskId: task.id,
  status: statusOf(task.state),
  estimatedTime: TYPICAL_SECONDS[task.kind],
});

/** Builds the result of a task with its URLs. Undefined until the task has made something. */
export const toResult = (
  made: TaskResult | undefined,
  files: readonly WorkFile[],
): z.output<typeof resultSchema> | undefined => {
  const [first] = files;
  if (!made || !first) return undefined;
  if (made.kind === "video")
    return {
      video: {
        ...first,
        duration: made.durationSeconds,
        resolution: made.resolution ?? (made.hd ? "1080p" : "720p"),
        fileSize: made.bytes,
      },
    };
  return {
    images: made.images.flatMap(({ width, height, bytes }, i) => {
      const file = files[i];
      return file ? [{ ...file, width, height, fileSize: bytes }] : [];
    }),
  };
};

export const toTaskWire = (task: Task, files: readonly WorkFile[]): z.output<typeof taskSchema> => {
  const result = toResult(resultOf(task), files);
  const error = failureText(task);
  return {
    taskId: task.id,
    type: task.kind,
    status: statusOf(task.state),
    progress: task.progress,
    ...(task.model === null ? {} : { model: task.model }),
    ...(result === undefined ? {} : { result }),
    ...(error === undefined ? {} : { error }),
  };
};
