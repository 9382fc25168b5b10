import { useEffect, useState } from "hono/jsx/dom";
import { fieldsOf, Problem, useAction } from "../../../../../ui/client/shared/action.tsx";
import { sameOriginPath } from "../../../../../ui/client/shared/api.ts";
import { Field } from "../../../../../ui/components.tsx";
import type { Page, TrackItem, TrackVisibility } from "../../../contract/index.ts";
import { MAX_DESCRIPTION, MAX_GENRE, MAX_PRICE, MAX_TITLE } from "../../../contract/limits.ts";
import { call } from "./api.ts";
import { numberOf } from "./language.ts";
import { Options, useLoaded } from "./parts.tsx";
import { clockOf } from "./player.ts";
import { type Upload, uploadTrack } from "./upload.ts";
import { words } from "./words.ts";

const PAGE_SIZE = 20;
const FIRST_LOOK_MS = 1_000;
/** The longest pause between two polls. Each poll is an API call, of which the free plan has 60 a minute. */
const LONGEST_LOOK_MS = 8_000;

const VISIBILITIES = [
  ["public", words.visibilities.public],
  ["private", words.visibilities.private],
] as const;

const tagsOf = (written: string): string[] =>
  written
    .split(/[,，]/)
    .map((tag) => tag.trim())
    .filter((tag) => tag !== "");

/** The form fields that an owner sets for a track. */
const TrackFields = ({ track }: { readonly track?: TrackItem }) => (
  <>
    <Field label={words.trackTitle}>
      <input
        name="title"
        maxlength={MAX_TITLE}
        value={track?.title}
        placeholder={words.titleHint}
        required={track !== undefined}
      />
    </Field>
    <Field label={words.description}>
      <textarea name="description" class="words" maxlength={MAX_DESCRIPTION}>
        {track?.description}
      </textarea>
    </Field>
    <div class="filters">
      <Field label={words.genre}>
        <input name="genre" maxlength={MAX_GENRE} value={track?.genre ?? ""} />
      </Field>
      <Field label={words.tags}>
        <input name="tags" maxlength={400} value={track?.tags.join(", ")} placeholder={words.tagsHint} />
      </Field>
    </div>
    <div class="filters">
      <Field label={words.visibility}>
        <select name="visibility">
          <Options<TrackVisibility> options={VISIBILITIES} selected={track?.visibility ?? "public"} />
        </select>
      </Field>
      <Field label={words.price}>
        <input
          name="price"
          type="number"
          min={0}
          max={MAX_PRICE}
          step={1}
          value={track?.price ?? 0}
          required
        />
      </Field>
    </div>
  </>
);

const UploadForm = ({ onUploaded }: { readonly onUploaded: () => void }) => {
  const [upload, setUpload] = useState<Upload | undefined>(undefined);
  const [done, setDone] = useState(0);
  const { busy, problem, act } = useAction();
  const submit = (event: Event): void => {
    const { form, fields } = fieldsOf(event);
    if (fields.get("title") === "") fields.delete("title");
    void act(async () => {
      const started = uploadTrack(fields, setDone);
      setUpload(started);
      try {
        await started.track;
        form.reset();
        onUploaded();
      } finally {
        setUpload(undefined);
        setDone(0);
      }
    });
  };
  return (
    <form class="card" onSubmit={submit}>
      <h2>{words.upload}</h2>
      <Problem message={problem} />
      <Field label={words.file}>
        <input name="file" type="file" accept="audio/*,.mp3,.wav,.flac,.aac,.m4a" required />
      </Field>
      <p class="muted small">{words.fileHint}</p>
      <TrackFields />
      <div class="actions">
        <button type="submit" disabled={busy}>
          {words.upload}
        </button>
        {upload && (
          <>
            <progress max={1} value={done} aria-label={words.uploading} />
            <button type="button" class="button-quiet" onClick={upload.cancel}>
              {words.cancel}
            </button>
          </>
        )}
      </div>
    </form>
  );
};

/** A track of the account with its actions. */
const TrackRow = ({ track, onChanged }: { readonly track: TrackItem; readonly onChanged: () => void }) => {
  const { busy, problem, act } = useAction();
  const [isHeard, setHeard] = useState(false);
  const path = `/audio/${track.id}`;
  const save = (event: Event): void => {
    const { price, tags, ...fields } = Object.fromEntries(fieldsOf(event).fields);
    void act(async () => {
      await call(path, "PATCH", { ...fields, price: Number(price), tags: tagsOf(String(tags)) });
      onChanged();
    });
  };
  const remove = () =>
    confirm(words.removeSure) &&
    act(async () => {
      await call(path, "DELETE");
      onChanged();
    });
  const isOpen = track.status === "ready" && track.visibility === "public";
  const facts = [
    track.duration === null ? undefined : clockOf(track.duration),
    words.visibilities[track.visibility],
    track.price === 0 ? words.free : words.credits(numberOf(track.price)),
    words.sold(numberOf(track.stats.playsCount), numberOf(track.stats.salesCount)),
  ];
  return (
    <li class="entry" data-track={track.id} data-status={track.status}>
      <div class="heading">
        <span>
          <strong>
            {isOpen ? <a href={`/loopspace/tracks/${track.id}`}>{track.title}</a> : track.title}
          </strong>
          <br />
          <span class="muted small">{facts.filter((fact) => fact !== undefined).join(" · ")}</span>
        </span>
        <span class={track.status === "failed" ? "badge badge-revoked" : "badge"}>
          {words.status[track.status]}
        </span>
      </div>
      <Problem message={problem ?? (track.failure && (words.failures[track.failure] ?? track.failure))} />
      {isHeard && (
        // biome-ignore lint/a11y/useMediaCaption: no transcript of the upload exists
        <audio class="listen" controls autoplay src={sameOriginPath(track.streamUrl)} />
      )}
      <div class="actions">
        {track.status === "ready" && !isHeard && (
          <button type="button" class="chip" onClick={() => setHeard(true)}>
            {words.listen}
          </button>
        )}
        <button type="button" class="chip" disabled={busy} onClick={remove}>
          {words.remove}
        </button>
      </div>
      <details>
        <summary>{words.edit}</summary>
        <form class="stack" onSubmit={save}>
          <TrackFields track={track} />
          <button type="submit" disabled={busy}>
            {words.save}
          </button>
        </form>
      </details>
    </li>
  );
};

/** The upload form and the account's tracks. Reloads the list while a track is processing. */
export const Tracks = () => {
  const [pages, setPages] = useState(1);
  const [looks, setLooks] = useState(0);
  const { value, problem, reload } = useLoaded<Page<TrackItem>>(async () => {
    const parts = await Promise.all(
      Array.from({ length: pages }, (_, i) =>
        call<Page<TrackItem>>(`/users/me/tracks?limit=${PAGE_SIZE}&page=${i + 1}`),
      ),
    );
    const last = parts.at(-1);
    return {
      data: parts.flatMap(({ data }) => data),
      total: last?.total ?? 0,
      hasMore: last?.hasMore ?? false,
    };
  }, [pages]);
  const isWaiting = value?.data.some(({ status }) => status === "processing") ?? false;
  useEffect(() => {
    if (!isWaiting) return undefined;
    const wait = Math.min(LONGEST_LOOK_MS, FIRST_LOOK_MS * 1.5 ** looks);
    const timer = setTimeout(() => void reload().then(() => setLooks(looks + 1)), wait);
    return () => clearTimeout(timer);
  }, [isWaiting, looks, pages]);
  return (
    <div class="columns">
      <UploadForm
        onUploaded={() => {
          setLooks(0);
          void reload();
        }}
      />
      <section class="card">
        <h2>{words.tabs.tracks}</h2>
        <Problem message={problem} />
        {value?.total === 0 && <p class="muted">{words.nothing}</p>}
        <ul class="plain">
          {value?.data.map((track) => (
            <TrackRow key={track.id} track={track} onChanged={reload} />
          ))}
        </ul>
        {value?.hasMore && (
          <button type="button" class="button-quiet" onClick={() => setPages(pages + 1)}>
            {words.more}
          </button>
        )}
      </section>
    </div>
  );
};
