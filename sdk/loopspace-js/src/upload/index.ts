import { invalidArgument, LoopspaceError } from "../errors.js";
import type { Audio, Visibility } from "../models.js";
import type { RequestOptions } from "../options.js";
import type { Transport } from "../transport.js";
import { type OnProgress, Progress, progressSender } from "./progress.js";
import { timeoutFor } from "./slowest-line.js";
import { openSource, type Source, type UploadFile } from "./source.js";
import { uploadByTus } from "./tus.js";

export type { OnProgress, UploadProgress } from "./progress.js";
export type { UploadFile } from "./source.js";

/** Larger files are uploaded in chunks, so that the upload can resume after a connection broke. */
const RESUMABLE_ABOVE_BYTES = 10_000_000;

/** A new track: MP3, WAV, FLAC or AAC (also as M4A), at most 100 MB. */
export interface NewAudio {
  readonly file: UploadFile;
  /** Default: the file name without its extension. */
  readonly title?: string | undefined;
  readonly description?: string | undefined;
  readonly tags?: readonly string[] | undefined;
  readonly genre?: string | undefined;
  /** Default: `public`. */
  readonly visibility?: Visibility | undefined;
  /** In credits; 0 (default) is free. */
  readonly price?: number | undefined;
  /** Default: the name of a `File`. */
  readonly filename?: string | undefined;
  /** In bytes; required for a stream. */
  readonly size?: number | undefined;
  /**
   * Called with the bytes sent so far, from 0 to all. An error that it throws is reported, but does not end the
   * upload.
   */
  readonly onProgress?: OnProgress | undefined;
  /**
   * Called with the URL of an upload above 10 MB. A later call resumes the upload with it: see `uploadUrl`. No file
   * data is sent before the returned promise is fulfilled; an error ends the upload.
   */
  readonly onUploadUrl?: ((uploadUrl: string) => void | Promise<void>) | undefined;
  /**
   * The URL of an upload that was started with the same file within the last 24 hours, to resume it. The other fields
   * keep the values of the first call. Null or undefined starts a new upload.
   */
  readonly uploadUrl?: string | null | undefined;
}

type Fields = Readonly<Record<string, string | undefined>>;

/** Returns the fields of the new track as text. */
const fieldsOf = ({ title, description, tags, genre, visibility, price }: NewAudio): Fields => {
  if (tags !== undefined && !Array.isArray(tags)) throw invalidArgument("tags must be an array");
  return {
    title,
    description,
    tags: tags && JSON.stringify(tags),
    genre,
    visibility,
    price: price === undefined ? undefined : String(price),
  };
};

const uploadByForm = async (
  transport: Transport,
  { source, name, fields, progress }: { source: Source; name: string; fields: Fields; progress: Progress },
  options: RequestOptions,
): Promise<Audio> => {
  const form = new FormData();
  for (const [field, value] of Object.entries(fields)) if (value !== undefined) form.set(field, value);
  form.set("file", await source.read(0, source.size), name);
  progress.reach(0);
  const { config, fetch } = transport;
  const send =
    progress.tell &&
    progressSender(fetch, config.fetch === undefined, (sent) =>
      // `sent` includes the other parts of the form. 100 % is reported only when the server has answered.
      progress.reach(Math.min(sent, source.size - 1)),
    );
  const audio = await transport.json<Audio>({
    ...options,
    timeout: options.timeout ?? timeoutFor(source.size, config.timeout),
    method: "POST",
    path: "/api/v1/audio/upload",
    body: form,
    send,
  });
  progress.reach(source.size);
  return audio;
};

const idAt = (location: string): string => {
  const id = /\/audio\/([\w-]+)$/.exec(location)?.[1];
  if (!id) throw new LoopspaceError("UNEXPECTED_ANSWER", "the response does not name the track");
  return id;
};

/**
 * Uploads a track: as a form up to 10 MB, larger ones by tus. `get` reads a track by its id. Throws LoopspaceError.
 */
export const uploadAudio = async (
  transport: Transport,
  audio: NewAudio,
  options: RequestOptions,
  get: (audioId: string) => Promise<Audio>,
): Promise<Audio> => {
  const fields = fieldsOf(audio);
  const source = openSource(audio.file, audio.size);
  const name = audio.filename ?? source.name ?? "audio";
  const progress = new Progress(source.size, audio.onProgress);
  const { onUploadUrl } = audio;
  const uploadUrl = audio.uploadUrl ?? undefined;
  try {
    if (uploadUrl === undefined && source.size <= RESUMABLE_ABOVE_BYTES)
      return await uploadByForm(transport, { source, name, fields, progress }, options);
    const metadata = { filename: name, ...fields };
    const upload = { source, progress, metadata, uploadUrl, onUploadUrl, options };
    return await get(idAt(await uploadByTus(transport, upload)));
  } finally {
    await source.close();
  }
};
