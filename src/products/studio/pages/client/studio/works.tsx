import { useEffect, useState } from "hono/jsx/dom";
import { Problem, useAction } from "../../../../../ui/client/shared/action.tsx";
import { sameOriginPath } from "../../../../../ui/client/shared/api.ts";
import { words } from "../../../../../ui/client/shared/language.ts";
import { Field } from "../../../../../ui/components.tsx";
import type { Page, Work, WorkDetail } from "../../../contract/index.ts";
import { MAX_TITLE } from "../../../contract/limits.ts";
import { call } from "./api.ts";
import { dayOf, text } from "./language.ts";
import { Choice, Dialog, Media, Thumbnail } from "./parts.tsx";

const PAGE_SIZE = 24;
type Kind = "all" | "image" | "video";

const filesOf = ({ result }: WorkDetail) => {
  if (!result) return [];
  return "images" in result ? result.images : [result.video];
};

interface OpenWorkProps {
  readonly id: string;
  readonly onClose: () => void;
  readonly onChanged: () => void;
}

/** The dialog of a work, with its actions. */
const OpenWork = ({ id, onClose, onChanged }: OpenWorkProps) => {
  const [work, setWork] = useState<WorkDetail | undefined>(undefined);
  const { busy, problem, act } = useAction();
  const load = async (): Promise<void> => setWork(await call<WorkDetail>(`/works/${id}`));
  useEffect(() => {
    void act(load);
  }, [id]);
  if (!work)
    return (
      <Dialog title={words.loading} onClose={onClose}>
        <Problem message={problem} />
      </Dialog>
    );
  const change = (method: string, path: string, body?: unknown) =>
    act(async () => {
      await call(`/works/${id}${path}`, method, body);
      await load();
      onChanged();
    });
  const rename = (event: Event): void => {
    event.preventDefault();
    const title = String(new FormData(event.target as HTMLFormElement).get("title"));
    void change("PUT", "", { title });
  };
  const remove = () =>
    confirm(text.removeSure) &&
    act(async () => {
      await call(`/works/${id}`, "DELETE");
      onChanged();
      onClose();
    });
  const files = filesOf(work);
  return (
    <Dialog title={work.title} onClose={onClose}>
      <Problem message={problem ?? work.error} />
      {files.map(({ url, thumbnail }) => (
        <Media key={url} type={work.type} url={url} thumbnail={thumbnail} title={work.title} />
      ))}
      <p class="prompt-line">{work.prompt}</p>
      <p class="muted small">
        {text.status[work.status]} · {dayOf(work.createdAt)}
        {work.model ? ` · ${work.model}` : ""}
      </p>
      <form class="inline-form" onSubmit={rename}>
        <Field label={text.newTitle}>
          <input name="title" maxlength={MAX_TITLE} value={work.title} required />
        </Field>
        <button type="submit" class="button-quiet" disabled={busy}>
          {text.rename}
        </button>
      </form>
      <div class="actions">
        {work.status === "completed" && (
          <>
            <button
              type="button"
              disabled={busy}
              onClick={() => change(work.published ? "DELETE" : "POST", "/publish")}
            >
              {work.published ? text.unpublish : text.publish}
            </button>
            <a class="button button-quiet" href={sameOriginPath(work.fileUrl)} download={work.title}>
              {text.download}
            </a>
          </>
        )}
        <button type="button" class="button-bad" disabled={busy} onClick={remove}>
          {text.remove}
        </button>
      </div>
    </Dialog>
  );
};

/** The user's works, newest first. */
export const Works = ({
  settled,
  onChanged,
}: {
  readonly settled: number;
  readonly onChanged: () => void;
}) => {
  const [kind, setKind] = useState<Kind>("all");
  const [pages, setPages] = useState(1);
  const [works, setWorks] = useState<Page<Work> | undefined>(undefined);
  const [open, setOpen] = useState<string | undefined>(undefined);
  const { problem, act } = useAction();
  const load = () =>
    act(async () => {
      const parts = await Promise.all(
        Array.from({ length: pages }, (_, i) =>
          call<Page<Work>>(`/works?type=${kind}&page=${i + 1}&pageSize=${PAGE_SIZE}`),
        ),
      );
      setWorks({ list: parts.flatMap(({ list }) => list), total: parts[0]?.total ?? 0 });
    });
  useEffect(() => {
    void load();
  }, [kind, pages, settled]);
  return (
    <section class="stack">
      <Choice
        label={text.tabs.works}
        options={[
          ["all", text.all],
          ["image", text.image],
          ["video", text.video],
        ]}
        value={kind}
        onChange={(chosen) => {
          setKind(chosen);
          setPages(1);
        }}
      />
      <Problem message={problem} />
      {works?.total === 0 && <p class="muted">{text.noWorks}</p>}
      <ul class="gallery">
        {(works?.list ?? []).map((work) => (
          <li key={work.id} data-work={work.id}>
            <button type="button" class="tile" onClick={() => setOpen(work.id)} title={work.title}>
              <Thumbnail src={work.thumbnail} title={work.title} />
              <span class="tile-line">
                <span class="tile-title">{work.title}</span>
                {work.status !== "completed" && <span class="badge">{text.status[work.status]}</span>}
              </span>
            </button>
          </li>
        ))}
      </ul>
      {works && works.list.length < works.total && (
        <button type="button" class="button-quiet" onClick={() => setPages(pages + 1)}>
          {text.loadMore}
        </button>
      )}
      {open && (
        <OpenWork
          key={open}
          id={open}
          onClose={() => setOpen(undefined)}
          onChanged={() => {
            void load();
            onChanged();
          }}
        />
      )}
    </section>
  );
};
