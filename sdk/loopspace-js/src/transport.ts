import { sleep, startDeadline } from "./deadline.js";
import { errorOf, invalidArgument, LoopspaceError } from "./errors.js";
import { type Config, checkNumber, type RequestOptions } from "./options.js";
import { waitBeforeRetry } from "./retry.js";

export type Query = Readonly<Record<string, string | number | undefined>>;
export type Body = string | Blob | FormData;

/** A request as `fetch` takes it. */
export interface Sent {
  readonly method: string;
  readonly headers: Headers;
  readonly body?: Body;
  readonly signal: AbortSignal;
}

export type Sender = (url: string, sent: Sent) => Promise<Response>;

export interface Call extends RequestOptions {
  readonly method: "GET" | "HEAD" | "POST" | "PUT" | "PATCH" | "DELETE";
  /** Below the base URL. */
  readonly path: string;
  readonly query?: Query | undefined;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Body;
  /** A value that is sent as the JSON body, instead of `body`. */
  readonly json?: unknown;
  /** Whether the call is idempotent. Default: true for every method except POST. */
  readonly mayRepeat?: boolean;
  /** Replaces the client's `fetch` for this call. */
  readonly send?: Sender | undefined;
}

/** Reads a successful response. */
type Read<T> = (response: Response) => Promise<T>;

/** Returns an id for use in a path. Throws `INVALID_ARGUMENT` for characters that would change the path. */
export const idIn = (id: string, what: string): string => {
  if (typeof id !== "string" || !/^[\w-]+$/.test(id)) throw invalidArgument(`${what} must be an id`);
  return id;
};

const readJson = async <T>(response: Response): Promise<T> => {
  const text = await response.text();
  try {
    return JSON.parse(text) as T;
  } catch (cause) {
    const { status } = response;
    throw new LoopspaceError("UNEXPECTED_ANSWER", "the response is not JSON", { status, cause });
  }
};

/** Sends calls with the client's token and timeout, and retries them. */
export class Transport {
  constructor(readonly config: Config) {}

  /** Sends an attempt, unless its call has `send`. */
  readonly fetch: Sender = (url, sent) => (this.config.fetch ?? globalThis.fetch)(url, sent);

  /** Returns the JSON body of the response. Throws LoopspaceError. */
  json<T>(call: Call): Promise<T> {
    return this.ask(call, readJson<T>);
  }

  /** Returns the headers of a response; its body is read and dropped. Throws LoopspaceError. */
  headers(call: Call): Promise<Headers> {
    return this.ask(call, async (response) => {
      await response.text();
      return response.headers;
    });
  }

  /** Returns the response with its body unread. Reading the body has no timeout. Throws LoopspaceError. */
  response(call: Call): Promise<Response> {
    return this.ask(call, async (response) => response);
  }

  /** Deletes a resource. A 404 on a retry is success: the attempt before deleted it, but its response was lost. */
  async delete(path: string, options: RequestOptions): Promise<void> {
    let tries = 0;
    const send: Sender = (url, sent) => {
      tries++;
      return this.fetch(url, sent);
    };
    try {
      await this.headers({ ...options, method: "DELETE", path, send });
    } catch (error) {
      const isGone = error instanceof LoopspaceError && error.status === 404 && tries > 1;
      if (!isGone) throw error;
    }
  }

  /** Returns the milliseconds until the next attempt; undefined where there is none. See `waitBeforeRetry`. */
  waitBefore(error: unknown, tries: number, { maxRetries, method, mayRepeat }: Call): number | undefined {
    return waitBeforeRetry(error, tries, mayRepeat ?? method !== "POST", {
      maxRetries: checkNumber("maxRetries", maxRetries, this.config.maxRetries),
      maxRetryWait: this.config.maxRetryWait,
    });
  }

  private async ask<T>(call: Call, read: Read<T>): Promise<T> {
    for (let tries = 0; ; tries++) {
      try {
        return await this.attempt(call, read);
      } catch (error) {
        const wait = this.waitBefore(error, tries, call);
        if (wait === undefined) throw error;
        await sleep(wait, call.signal);
      }
    }
  }

  private async attempt<T>(call: Call, read: Read<T>): Promise<T> {
    const headers = await this.headersOf(call);
    const body = call.json === undefined ? call.body : JSON.stringify(call.json);
    const ms = checkNumber("timeout", call.timeout, this.config.timeout);
    const { signal, explain, stop } = startDeadline(call.signal, ms);
    let isReadOn = false;
    try {
      const response = await (call.send ?? this.fetch)(this.urlOf(call), {
        method: call.method,
        headers,
        signal,
        ...(body !== undefined && { body }),
      });
      // The status is reported even if the error body cannot be read.
      if (!response.ok) throw errorOf(response, await response.text().catch(() => ""));
      const answer = await read(response);
      isReadOn = answer === response;
      return answer;
    } catch (error) {
      throw explain(error);
    } finally {
      stop(isReadOn);
    }
  }

  private urlOf({ path, query = {} }: Call): string {
    const search = new URLSearchParams();
    for (const [name, value] of Object.entries(query))
      if (value !== undefined) search.set(name, String(value));
    const text = search.toString();
    return `${this.config.baseUrl}${path}${text && `?${text}`}`;
  }

  private async headersOf({ headers, json }: Call): Promise<Headers> {
    const all = new Headers(headers);
    const token = await this.config.token();
    if (token !== undefined) all.set("authorization", `Bearer ${token}`);
    if (json !== undefined) all.set("content-type", "application/json");
    return all;
  }
}
