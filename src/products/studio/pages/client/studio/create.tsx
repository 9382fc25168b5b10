import { useEffect, useState } from "hono/jsx/dom";
import { Problem, useAction } from "../../../../../ui/client/shared/action.tsx";
import { Field } from "../../../../../ui/components.tsx";
import type { Providers, Submitted } from "../../../contract/index.ts";
import {
  type ASPECT_RATIOS,
  DEFAULT_RESOLUTION,
  DEFAULT_STRENGTH,
  DURATION,
  imageCost,
  isHd,
  isHdImage,
  MAX_IMAGES,
  MAX_NEGATIVE_PROMPT,
  MAX_PROMPT,
  MAX_SEED,
  MAX_STYLE,
  RESOLUTIONS,
  videoCost,
} from "../../../contract/limits.ts";
import { call } from "./api.ts";
import { text } from "./language.ts";
import type { LiveTasks } from "./live-updates.ts";
import { Choice } from "./parts.tsx";
import { type ShownTask, TaskCard } from "./task-card.tsx";

type Kind = "image" | "video";

/** The sizes, lengths and ratios that the page offers; the API accepts more. */
const SIZES = ["1024x1024", "768x1024", "1024x768", "1344x768", "768x1344", "1536x1536"] as const;
const SECONDS = ["3", "5", "8", "10"] as const;
const RATIOS = ["16:9", "9:16", "1:1"] as const satisfies readonly (typeof ASPECT_RATIOS)[number][];
const COUNTS = Array.from({ length: MAX_IMAGES }, (_, i) => String(i + 1));

interface CreateProps {
  readonly tasks: LiveTasks;
  readonly connected: boolean;
  readonly displaced: boolean;
  /** The prompt that the assistant proposed. */
  readonly prompt: string;
  readonly submitted: readonly ShownTask[];
  readonly onSubmitted: (task: ShownTask) => void;
}

const costOf = (kind: Kind, form: Record<string, string>): number => {
  if (kind === "video") {
    const durationSeconds = Number(form.duration ?? DURATION.default);
    return videoCost({ durationSeconds, hd: isHd(form.resolution ?? DEFAULT_RESOLUTION) });
  }
  const [width = 0, height = 0] = (form.size ?? SIZES[0]).split("x").map(Number);
  return imageCost({ count: Number(form.numImages ?? 1), hd: isHdImage(width, height) });
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
  if (kind === "image") body.set("strength", String(form.get("strength") ?? DEFAULT_STRENGTH));
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
        <Options values={COUNTS} />
      </select>
    </Field>
  </>
);

const VideoFields = () => (
  <>
    <Field label={text.seconds}>
      <select name="duration">
        {SECONDS.map((value) => (
          <option key={value} value={value} selected={value === String(DURATION.default)}>
            {value}
          </option>
        ))}
      </select>
    </Field>
    <Field label={text.resolution}>
      <select name="resolution">
        {RESOLUTIONS.map((value) => (
          <option key={value} value={value} selected={value === DEFAULT_RESOLUTION}>
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
      const { taskId } = await call<Submitted>(path, "POST", body);
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
          <textarea class="words" name="prompt" maxlength={MAX_PROMPT} required placeholder={text.promptHint}>
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
            <input
              name="strength"
              type="range"
              min="0"
              max="1"
              step="0.05"
              value={String(DEFAULT_STRENGTH)}
            />
          </Field>
        )}
        <details>
          <summary>{text.more}</summary>
          <div class="filters">
            <Field label={text.negativePrompt}>
              <input name="negativePrompt" maxlength={MAX_NEGATIVE_PROMPT} />
            </Field>
            <Field label={text.style}>
              <input name="style" maxlength={MAX_STYLE} />
            </Field>
            <Field label={text.seed}>
              <input name="seed" type="number" min="0" max={String(MAX_SEED)} step="1" />
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
