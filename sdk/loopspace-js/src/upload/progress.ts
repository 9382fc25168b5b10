import type { Body, Sender, Sent } from "../transport.js";

export interface UploadProgress {
  /** The bytes sent so far. */
  readonly loaded: number;
  /** The size of the file in bytes. */
  readonly total: number;
}

export type OnProgress = (progress: UploadProgress) => void;

/**
 * Reports an error of a progress listener without failing the upload. An uncaught error ends a Node process, and so
 * does `reportError` in Deno: there it is only logged.
 */
const report = (error: unknown): void => {
  if (typeof reportError === "function" && !("Deno" in globalThis)) reportError(error);
  else console.error(error);
};

/** Reports the progress of an upload. The number never decreases, even if bytes have to be sent again. */
export class Progress {
  private loaded = -1;

  constructor(
    private readonly total: number,
    readonly tell: OnProgress | undefined,
  ) {}

  reach(bytes: number): void {
    const loaded = Math.min(bytes, this.total);
    if (!this.tell || loaded <= this.loaded) return;
    this.loaded = loaded;
    const { tell, total } = this;
    Promise.resolve({ loaded, total }).then(tell).catch(report);
  }
}

type OnBytes = (sent: number) => void;

const headersIn = (text: string): Headers => {
  const headers = new Headers();
  for (const line of text.trim().split(/[\r\n]+/)) {
    const colon = line.indexOf(":");
    if (colon > 0) headers.append(line.slice(0, colon), line.slice(colon + 1).trim());
  }
  return headers;
};

/** Sends with XMLHttpRequest, for browsers: their `fetch` reports no upload progress. */
const xhrSender =
  (onBytes: OnBytes): Sender =>
  (url, { method, headers, body, signal }) =>
    new Promise((resolve, reject) => {
      const request = new XMLHttpRequest();
      const abort = () => request.abort();
      const end = (failure: string) => () => {
        signal.removeEventListener("abort", abort);
        reject(new TypeError(failure));
      };
      request.open(method, url);
      for (const [name, value] of headers) request.setRequestHeader(name, value);
      request.upload.addEventListener("progress", ({ loaded }) => onBytes(loaded));
      request.addEventListener("error", end("the request failed"));
      request.addEventListener("abort", end("the request was aborted"));
      request.addEventListener("load", () => {
        signal.removeEventListener("abort", abort);
        const { status, responseText } = request;
        const isEmpty = [204, 205, 304].includes(status);
        resolve(
          new Response(isEmpty ? null : responseText, {
            status,
            headers: headersIn(request.getAllResponseHeaders()),
          }),
        );
      });
      signal.addEventListener("abort", abort, { once: true });
      request.send(body ?? null);
    });

/** The number of bytes between two reports. */
const STEP_BYTES = 64 * 1_024;

/** Returns the stream in small chunks and reports each one when it is read. */
const counted = (stream: ReadableStream<Uint8Array>, onBytes: OnBytes): ReadableStream<Uint8Array> => {
  const reader = stream.getReader();
  let piece: Uint8Array = new Uint8Array();
  let drawn = 0;
  return new ReadableStream<Uint8Array>({
    pull: async (controller) => {
      while (piece.length === 0) {
        const { done, value } = await reader.read();
        if (done) return controller.close();
        piece = value;
      }
      const step = piece.subarray(0, STEP_BYTES);
      piece = piece.subarray(step.length);
      drawn += step.length;
      onBytes(drawn);
      controller.enqueue(step);
    },
    cancel: (reason) => reader.cancel(reason),
  });
};

/** Sends with a `fetch` that accepts a stream as the body. */
const countingSender =
  (fetch: Sender, onBytes: OnBytes): Sender =>
  (url, sent) => {
    // `Response` encodes a form and sets its content type with the boundary.
    const encoded = new Response(sent.body as Body);
    const headers = new Headers(sent.headers);
    const type = encoded.headers.get("content-type");
    if (type && !headers.has("content-type")) headers.set("content-type", type);
    const body = encoded.body && counted(encoded.body, onBytes);
    return fetch(url, { ...sent, headers, body, duplex: "half" } as unknown as Sent);
  };

const isNode = (): boolean =>
  Boolean((globalThis as { process?: { versions?: { node?: string } } }).process?.versions?.node);

/**
 * Returns a sender that reports the bytes sent during a request. Undefined where the runtime has no way to do so:
 * then progress is reported per chunk only.
 */
export const progressSender = (fetch: Sender, isPlain: boolean, onBytes: OnBytes): Sender | undefined => {
  if (isPlain && typeof XMLHttpRequest === "function") return xhrSender(onBytes);
  return isPlain && isNode() ? countingSender(fetch, onBytes) : undefined;
};
