import { useEffect, useState } from "hono/jsx/dom";
import { Problem, useAction } from "../../../../../ui/client/shared/action.tsx";
import { Field } from "../../../../../ui/components.tsx";
import { call, local } from "./api.ts";
import type { LiveTasks } from "./app.tsx";
import { text } from "./language.ts";
import { Choice, Media } from "./parts.tsx";
import type { LiveMessage, Providers } from "./wire.ts";

type Kind = "image" | "video";

const SIZES = ["1024x1024", "768x1024", "1024x768", "1344x768", "768x1344", "1536x1536"] as const;
const RESOLUTIONS = ["480p", "720p", "1080p"] as const;
const SECONDS = ["3", "5", "8", "10"] as const;
const RATIOS = ["16:9", "9:16", "1:1"] as const;

/** A task that is running, or was running since the page was opened. */
export interface Submitted {
  readonly taskId: string;
  readonly prompt: string;
}

interface CreateProps {
  readonly tasks: LiveTasks;
  readonly connected: boolean;
  readonly displaced: boolean;
  /** The prompt that the assistant proposed. */
  readonly prompt: string;
  readonly submitted: readonly Submitted[];
  readonly onSubmitted: (task: Submitted) => void;
}

const costOf = (kind: Kind, form: Record<string, string>): number => {
  if (kind === "video") return Number(form.duration ?? 5) * (form.resolution === "1080p" ? 2 : 1);
  const [width = 0, height = 0] = (form.size ?? SIZES[0]).split("x").map(Number);
  return Number(form.numImages ?? 1) * (width * height > 1024 * 1024 ? 2 : 1);
};

/** Builds the request: JSON, or a form if it contains a picture. */
const requestOf = (kind: Kind, form: FormData) => {
  const fields: Record<string, string | number> = {};
  for (const [name, value] of form) {
    if (typeof value === "string" && value !== "" && name !== "size" && name !== "strength")
      fields[name] = value;
  }
  const [width, height] = String(form.get("size") ?? "")
    .split("x")
    .map(Number);
  if (kind === "image" && width && height) Object.assign(fields, { width, height });
  const image = form.get("image");
  if (!(image instanceof File) || image.size === 0) {
    for (const name of ["numImages", "seed", "duration"])
      if (name in fields) fields[name] = Number(fields[name]);
    return { path: `/generate/text-to-${kind}`, body: fields };
  }
  const body = new FormData();
  for (const [name, value] of Object.entries(fields)) body.set(name, String(value));
  body.set("image", image);
  if (kind === "image") body.set("strength", String(form.get("strength") ?? "0.8"));
  return { path: `/generate/image-to-${kind}`, body };
};

const Options = ({ values }: { readonly values: readonly string[] }) => (
  <>
    {values.map((value) => (
      <option key={value} value={value}>
        {value}
      </option>
    ))}
  </>
);

const ModelSelect = ({ kind }: { readonly kind: Kind }) => {
  const [providers, setProviders] = useState<Providers | undefined>(undefined);
  useEffect(() => {
    // If the list does not load, the default model remains.
    call<Providers>("/config/providers").then(setProviders, () => undefined);
  }, []);
  return (
    <Field label={text.model}>
      <select name="model">
        <option value="">{text.modelDefault}</option>
        {(providers?.[kind] ?? [])
          .filter(({ enabled }) => enabled)
          .map(({ id, name, models }) => (
            <option key={id} value={id.startsWith("custom:") ? id : models[0]}>
              {name}
            </option>
          ))}
      </select>
    </Field>
  );
};

const ImageFields = () => (
  <>
    <Field label={text.size}>
      <select name="size">
        <Options values={SIZES} />
      </select>
    </Field>
    <Field label={text.count}>
      <select name="numImages">
        <Options values={["1", "2", "3", "4"]} />
      </select>
    </Field>
  </>
);

const VideoFields = () => (
  <>
    <Field label={text.seconds}>
      <select name="duration">
        {SECONDS.map((value) => (
          <option key={value} value={value} selected={value === "5"}>
            {value}
          </option>
        ))}
      </select>
    </Field>
    <Field label={text.resolution}>
      <select name="resolution">
        {RESOLUTIONS.map((value) => (
          <option key={value} value={value} selected={value === "720p"}>
            {value}
          </option>
        ))}
      </select>
    </Field>
    <Field label={text.size}>
      <select name="aspectRatio">
        <Options values={RATIOS} />
      </select>
    </Field>
  </>
);

const progressOf = (message: LiveMessage | undefined): number => {
  if (message?.type === "task_progress") return message.progress;
  return message?.type === "task_complete" ? 100 : 0;
};

/** The progress of a task, and its result. */
const TaskCard = ({
  task,
  message,
}: {
  readonly task: Submitted;
  readonly message: LiveMessage | undefined;
}) => {
  const { busy, problem, act } = useAction();
  const progress = progressOf(message);
  const isLiving = message === undefined || message.type === "task_progress";
  const cancel = () => act(async () => void (await call(`/generate/task/${task.taskId}/cancel`, "POST")));
  return (
    <article class="card task" data-task={task.taskId} data-state={message?.type ?? "waiting"}>
      <p class="prompt-line">{task.prompt}</p>
      {isLiving && (
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
          {message.result.video && <Media type="video" title={task.prompt} {...message.result.video} />}
          {(message.result.images ?? []).map(({ url, thumbnail }) => (
            <a key={url} href={local(url)} target="_blank" rel="noreferrer">
              <Media type="image" title={task.prompt} url={url} thumbnail={thumbnail} />
            </a>
          ))}
        </div>
      )}
    </article>
  );
};

/** The page for creating images and videos, with the running tasks. */
export const Create = ({ tasks, connected, displaced, prompt, submitted, onSubmitted }: CreateProps) => {
  const [kind, setKind] = useState<Kind>("image");
  const [form, setForm] = useState<Record<string, string>>({});
  const [hasPicture, setPicture] = useState(false);
  const { busy, problem, act } = useAction();

  const read = (event: Event): void => {
    const fields = new FormData(event.currentTarget as HTMLFormElement);
    const image = fields.get("image");
    setPicture(image instanceof File && image.size > 0);
    setForm(
      Object.fromEntries([...fields].filter(([, value]) => typeof value === "string")) as Record<
        string,
        string
      >,
    );
  };
  const submit = (event: Event): void => {
    event.preventDefault();
    const fields = new FormData(event.target as HTMLFormElement);
    void act(async () => {
      const { path, body } = requestOf(kind, fields);
      const { taskId } = await call<{ taskId: string }>(path, "POST", body);
      onSubmitted({ taskId, prompt: String(fields.get("prompt")) });
    });
  };
  return (
    <div class="columns">
      <form class="card" onSubmit={submit} onInput={read}>
        <Choice
          label={text.tabs.create}
          options={[
            ["image", text.image],
            ["video", text.video],
          ]}
          value={kind}
          onChange={setKind}
        />
        <Problem message={problem} />
        <Field label={text.prompt}>
          <textarea class="words" name="prompt" maxlength={4000} required placeholder={text.promptHint}>
            {prompt}
          </textarea>
        </Field>
        <div class="filters">
          <ModelSelect kind={kind} key={`model-${kind}`} />
          {kind === "image" ? <ImageFields /> : <VideoFields />}
        </div>
        <Field label={text.beginWith}>
          <input name="image" type="file" accept="image/jpeg,image/png,image/webp,image/gif" />
        </Field>
        {hasPicture && kind === "image" && (
          <Field label={text.strength}>
            <input name="strength" type="range" min="0" max="1" step="0.05" value="0.8" />
          </Field>
        )}
        <details>
          <summary>{text.more}</summary>
          <div class="filters">
            <Field label={text.negativePrompt}>
              <input name="negativePrompt" maxlength={2000} />
            </Field>
            <Field label={text.style}>
              <input name="style" maxlength={100} />
            </Field>
            <Field label={text.seed}>
              <input name="seed" type="number" min="0" max="4294967295" step="1" />
            </Field>
          </div>
        </details>
        <div class="actions">
          <button type="submit" disabled={busy}>
            {text.generate}
          </button>
          <span class="muted small">{text.costs(costOf(kind, form))}</span>
        </div>
      </form>
      <section class="stack" aria-live="polite">
        <div class="heading">
          <h2>{text.underWay}</h2>
          <span class={connected ? "badge badge-activated" : "badge"} data-live={String(connected)}>
            {connected ? text.live : displaced ? text.paused : text.notLive}
          </span>
        </div>
        {submitted.length === 0 && <p class="muted">{text.nothingUnderWay}</p>}
        {submitted.map((task) => (
          <TaskCard key={task.taskId} task={task} message={tasks[task.taskId]} />
        ))}
      </section>
    </div>
  );
};
