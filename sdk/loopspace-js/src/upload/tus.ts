import { sleep } from "../deadline.js";
import { invalidArgument, LoopspaceError } from "../errors.js";
import type { RequestOptions } from "../options.js";
import type { Call, Transport } from "../transport.js";
import { type Progress, progressSender } from "./progress.js";
import { timeoutFor } from "./slowest-line.js";
import type { Source } from "./source.js";

const PATH = "/api/v1/audio/uploads";
const VERSION = { "tus-resumable": "1.0.0" };
/** The size of a chunk. Each chunk counts against the plan's rate limit; proxies may limit a request to 100 MB. */
const PIECE_BYTES = 8 * 1_024 * 1_024;

export interface TusUpload {
  readonly source: Source;
  readonly progress: Progress;
  /** `Upload-Metadata`. */
  readonly metadata: Readonly<Record<string, string | undefined>>;
  /** The URL of an upload to resume. */
  readonly uploadUrl: string | undefined;
  readonly onUploadUrl: ((uploadUrl: string) => void | Promise<void>) | undefined;
  readonly options: RequestOptions;
}

/** The state of an upload on the server. */
interface Standing {
  /** The number of bytes that have arrived. */
  readonly offset: number;
  /** The path of the created track; undefined before the last byte has arrived. */
  readonly location: string | undefined;
}

const base64 = (text: string): string => btoa(String.fromCharCode(...new TextEncoder().encode(text)));

const metadataOf = (metadata: TusUpload["metadata"]): string =>
  Object.entries(metadata)
    .flatMap(([key, value]) => (value ? [`${key} ${base64(value)}`] : []))
    .join(",");

/**
 * Returns the path of an upload from its URL; undefined where it is not one. The host of the URL is ignored, so that
 * the token is sent to the client's base URL only.
 */
const pathOf = (address: string): string | undefined => {
  const [path = ""] = String(address).split(/[?#]/);
  const id = /\/uploads\/([\w-]+)\/?$/.exec(path)?.[1];
  return id && `${PATH}/${id}`;
};

const standingIn = (headers: Headers): Standing => {
  const offset = Number(headers.get("upload-offset") ?? Number.NaN);
  if (!Number.isSafeInteger(offset) || offset < 0)
    throw new LoopspaceError("UNEXPECTED_ANSWER", "the response has no valid Upload-Offset");
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
      throw new LoopspaceError("FILE_CHANGED", "the upload was started with a file of another length");
    return standingIn(headers);
  }

  /** Sends the remaining bytes in chunks and resumes after failures. Returns the path of the created track. */
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
      throw new LoopspaceError("UNEXPECTED_ANSWER", "the response does not name the created track");
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
        // The end of the chunk is reported only when the server has answered.
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
        // Before a retry the offset has to be read again: see `send`.
        maxRetries: 0,
      }),
    );
  }

  /**
   * Returns the wait before the upload is resumed. A 409 also counts as retryable: it means that the offset is
   * another.
   */
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
    // An upload whose response was lost expires on the server, so a second one does no harm.
    mayRepeat: true,
  });
  const location = headers.get("location");
  const path = location === null ? undefined : pathOf(location);
  if (location === null || path === undefined)
    throw new LoopspaceError("UNEXPECTED_ANSWER", "the response has no Location of an upload");
  await upload.onUploadUrl?.(location);
  return new Upload(transport, path, upload);
};

/** Uploads by tus 1.0 in chunks. Returns the path of the created track. Throws LoopspaceError. */
export const uploadByTus = async (transport: Transport, upload: TusUpload): Promise<string> => {
  if (upload.uploadUrl !== undefined) {
    const path = pathOf(upload.uploadUrl);
    if (path === undefined) throw invalidArgument("uploadUrl must be the URL of an upload");
    const known = new Upload(transport, path, upload);
    return known.send(await known.look());
  }
  const begun = await begin(transport, upload);
  return begun.send({ offset: 0, location: undefined });
};
