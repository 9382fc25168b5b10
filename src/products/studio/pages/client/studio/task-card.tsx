import { Problem, useAction } from "../../../../../ui/client/shared/action.tsx";
import { sameOriginPath } from "../../../../../ui/client/shared/api.ts";
import type { LiveMessage } from "../../../contract/index.ts";
import { call } from "./api.ts";
import { text } from "./language.ts";
import { Media } from "./parts.tsx";

/** A task that is running, or was running since the page was opened. */
export interface ShownTask {
  readonly taskId: string;
  readonly prompt: string;
}

const progressOf = (message: LiveMessage | undefined): number => {
  if (message?.type === "task_progress") return message.progress;
  return message?.type === "task_complete" ? 100 : 0;
};

/** The progress of a task, and its result. */
export const TaskCard = ({
  task,
  message,
}: {
  readonly task: ShownTask;
  readonly message: LiveMessage | undefined;
}) => {
  const { busy, problem, act } = useAction();
  const progress = progressOf(message);
  const isActive = message === undefined || message.type === "task_progress";
  const cancel = () => act(async () => void (await call(`/generate/task/${task.taskId}/cancel`, "POST")));
  return (
    <article class="card task" data-task={task.taskId} data-state={message?.type ?? "waiting"}>
      <p class="prompt-line">{task.prompt}</p>
      {isActive && (
        <div class="actions">
          <progress max={100} value={progress} aria-label={text.status.processing} />
          <span class="muted small">{progress}%</span>
          <button type="button" class="button-quiet" disabled={busy} onClick={cancel}>
            {text.cancel}
          </button>
        </div>
      )}
      <Problem message={problem ?? (message?.type === "task_failed" ? message.error : undefined)} />
      {message?.type === "task_complete" && (
        <div class="results">
          {"video" in message.result && message.result.video && (
            <Media type="video" title={task.prompt} {...message.result.video} />
          )}
          {("images" in message.result ? (message.result.images ?? []) : []).map(({ url, thumbnail }) => (
            <a key={url} href={sameOriginPath(url)} target="_blank" rel="noreferrer">
              <Media type="image" title={task.prompt} url={url} thumbnail={thumbnail} />
            </a>
          ))}
        </div>
      )}
    </article>
  );
};
