import { useEffect, useState } from "hono/jsx/dom";
import type { z } from "zod";
import { Problem, useAction } from "../../../../../ui/client/shared/action.tsx";
import type { filesSchema } from "../../../contract/index.ts";
import { call, download, tokenOf } from "./api.ts";
import { text } from "./language.ts";

type SharedFiles = z.output<typeof filesSchema>;

/** Shares a file in the meeting. */
const shareFile = async (meetingId: number, file: File, kind: string): Promise<void> => {
  const form = new FormData();
  form.set("meeting_id", String(meetingId));
  form.set("file_type", kind);
  form.set("file", file);
  await call("/media/upload", "POST", form);
};

const kindOf = ({ type }: File): string => {
  const [kind = ""] = type.split("/");
  return ["image", "audio", "video"].includes(kind) ? kind : "document";
};

/** The files of the meeting. A new `version` makes the list load again. */
export const Files = ({ meetingId, version }: { readonly meetingId: number; readonly version: number }) => {
  const [files, setFiles] = useState<SharedFiles["files"]>([]);
  const { busy, problem, act } = useAction();
  const load = async (): Promise<void> => {
    setFiles((await call<SharedFiles>(`/media/files?meeting_id=${meetingId}`)).files);
  };
  useEffect(() => {
    if (tokenOf()) void act(load);
  }, [version]);
  if (!tokenOf()) return <p class="muted">{text.filesNeedAccount}</p>;
  const share = (event: Event): void => {
    const input = event.target as HTMLInputElement;
    const [file] = input.files ?? [];
    if (!file) return;
    void act(async () => {
      await shareFile(meetingId, file, kindOf(file));
      input.value = "";
      await load();
    });
  };
  return (
    <div class="stack">
      <Problem message={problem} />
      <label class="field">
        <span>{text.shareFile}</span>
        <input type="file" disabled={busy} onChange={share} />
      </label>
      {files.length === 0 && <p class="muted">{text.noFiles}</p>}
      <ul class="plain">
        {files.map(({ file_id, file_name, file_size }) => (
          <li key={file_id}>
            <button
              type="button"
              class="link"
              onClick={() => act(() => download(`/media/files/${file_id}/download`, file_name))}
            >
              {file_name} <span class="muted small">{Math.ceil(file_size / 1024)} KB</span>
            </button>
          </li>
        ))}
      </ul>
    </div>
  );
};
