import { sleep } from "../deadline.js";
import { invalidArgument, LoopspaceError } from "../errors.js";
import type { RequestOptions } from "../options.js";
import type { Call, Transport } from "../transport.js";
import { type Progress, progressSender } from "./progress.js";
import { timeoutFor } from "./slowest-line.js";
import type { Source } from "./source.js";

const PATH = "/api/v1/audio/uploads";
const VERSION = { "tus-resumable": "1.0.0" };
/** Each is a call of the plan's. What lies between the platform and its clients takes no more than 100 MB at once. */
const PIECE_BYTES = 8 * 1_024 * 1_024;

export interface TusUpload {
  readonly source: Source;
  readonly progress: Progress;
  /** `Upload-Metadata`. */
  readonly metadata: Readonly<Record<string, string | undefined>>;
  /** An upload to go on with, by its address. */
  readonly uploadUrl: string | undefined;
  readonly onUploadUrl: ((uploadUrl: string) => void | Promise<void>) | undefined;
  readonly options: RequestOptions;
}

/** How an upload stands. */
interface Standing {
  readonly offset: number;
  /** What was made of it; undefined before its last byte. */
  readonly location: string | undefined;
}

const base64 = (text: string): string => btoa(String.fromCharCode(...new TextEncoder().encode(text)));

const metadataOf = (metadata: TusUpload["metadata"]): string =>
  Object.entries(metadata)
    .flatMap(([key, value]) => (value ? [`${key} ${base64(value)}`] : []))
    .join(",");

/** Where an upload is, below the client's own base address: its token goes nowhere else. Undefined for another address. */
const pathOf = (address: string): string | undefined => {
  const [path = ""] = String(address).split(/[?#]/);
  const id = /\/uploads\/([\w-]+)\/?$/.exec(path)?.[1];
  return id && `${PATH}/${id}`;
};

const standingIn = (headers: Headers): Standing => {
  const offset = Number(headers.get("upload-offset") ?? Number.NaN);
  if (!Number.isSafeInteger(offset) || offset < 0)
    throw new LoopspaceError("UNEXPECTED_ANSWER", "the answer does not say how far the upload is");
  return { offset, location: headers.get("content-location") ?? undefined };
};

/** One upload by tus 1.0. */
class Upload {
  constructor(
    private readonly transport: Transport,
    private readonly path: string,
    private readonly upload: TusUpload,
  ) {}

  async look(): Promise<Standing> {
    const { options, source } = this.upload;
    const call: Call = { ...options, method: "HEAD", path: this.path, headers: VERSION };
    const headers = await this.transport.headers(call);
    if (headers.get("upload-length") !== String(source.size))
      throw new LoopspaceError("FILE_CHANGED", "the upload was begun with a file of another length");
    return standingIn(headers);
  }

  /** Sends the rest, and what was lost of it again as long as that moves on. Gives the address of what was made. */
  async send(standing: Standing): Promise<string> {
    const { source, progress, options } = this.upload;
    let { offset, location } = standing;
    let failures = 0;
    while (offset < source.size) {
      progress.reach(offset);
      const before = offset;
      try {
        ({ offset, location } = await this.append(offset));
      } catch (error) {
        const wait = this.waitAfter(error, failures);
        if (wait === undefined) throw error;
        await sleep(wait, options.signal);
        ({ offset, location } = await this.look());
      }
      failures = offset > before ? 0 : failures + 1;
    }
    progress.reach(source.size);
    if (location === undefined)
      throw new LoopspaceError("UNEXPECTED_ANSWER", "the answer does not say what was made of the upload");
    return location;
  }

  private async append(offset: number): Promise<Standing> {
    const { source, progress, options } = this.upload;
    const end = Math.min(offset + PIECE_BYTES, source.size);
    const body = await source.read(offset, end);
    const { config, fetch } = this.transport;
    const send =
      progress.tell &&
      progressSender(fetch, config.fetch === undefined, (sent) =>
        // All of it has arrived when that is answered.
        progress.reach(Math.min(offset + sent, end - 1)),
      );
    return standingIn(
      await this.transport.headers({
        ...options,
        timeout: options.timeout ?? timeoutFor(end - offset, config.timeout),
        method: "PATCH",
        path: this.path,
        headers: {
          ...VERSION,
          "content-type": "application/offset+octet-stream",
          "upload-offset": String(offset),
        },
        body,
        send,
        // How far it came has to be asked first.
        maxRetries: 0,
      }),
    );
  }

  /** As after any call that may be repeated; and where the upload stands elsewhere than it was thought to (409). */
  private waitAfter(error: unknown, failures: number): number | undefined {
    const call: Call = { ...this.upload.options, method: "PATCH", path: this.path };
    const isElsewhere = error instanceof LoopspaceError && error.status === 409;
    const passing = isElsewhere ? new LoopspaceError("CONNECTION_FAILED", error.message) : error;
    return this.transport.waitBefore(passing, failures, call);
  }
}

const begin = async (transport: Transport, upload: TusUpload): Promise<Upload> => {
  const headers = await transport.headers({
    ...upload.options,
    method: "POST",
    path: PATH,
    headers: {
      ...VERSION,
      "upload-length": String(upload.source.size),
      "upload-metadata": metadataOf(upload.metadata),
    },
    // One that nobody knows of ends by itself.
    mayRepeat: true,
  });
  const location = headers.get("location");
  const path = location === null ? undefined : pathOf(location);
  if (location === null || path === undefined)
    throw new LoopspaceError("UNEXPECTED_ANSWER", "the answer does not say where the upload is");
  await upload.onUploadUrl?.(location);
  return new Upload(transport, path, upload);
};

/** Uploads by tus 1.0, a piece at a time, and gives the address of what was made. Throws LoopspaceError. */
export const uploadByTus = async (transport: Transport, upload: TusUpload): Promise<string> => {
  if (upload.uploadUrl !== undefined) {
    const path = pathOf(upload.uploadUrl);
    if (path === undefined) throw invalidArgument("uploadUrl is no address of an upload");
    const known = new Upload(transport, path, upload);
    return known.send(await known.look());
  }
  const begun = await begin(transport, upload);
  return begun.send({ offset: 0, location: undefined });
};
