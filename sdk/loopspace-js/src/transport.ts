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
  /** Below the base address. */
  readonly path: string;
  readonly query?: Query | undefined;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Body;
  /** Sent as JSON, instead of a body. */
  readonly json?: unknown;
  /** Whether twice is as good as once. Default: of every method but POST. */
  readonly mayRepeat?: boolean;
  /** Instead of the client's `fetch`. */
  readonly send?: Sender | undefined;
}

/** Reads an answer that is not an error. */
type Read<T> = (response: Response) => Promise<T>;

/** An id as a piece of a path. Throws LoopspaceError for what would lead elsewhere. */
export const idIn = (id: string, what: string): string => {
  if (typeof id !== "string" || !/^[\w-]+$/.test(id)) throw invalidArgument(`${what} is no id`);
  return id;
};

const readJson = async <T>(response: Response): Promise<T> => {
  const text = await response.text();
  try {
    return JSON.parse(text) as T;
  } catch (cause) {
    const { status } = response;
    throw new LoopspaceError("UNEXPECTED_ANSWER", "the answer is no JSON", { status, cause });
  }
};

/** Asks, with the client's token and in its time, and asks again where that helps. */
export class Transport {
  constructor(readonly config: Config) {}

  /** What an attempt is sent with unless a call says otherwise. */
  readonly fetch: Sender = (url, sent) => (this.config.fetch ?? globalThis.fetch)(url, sent);

  /** The answer's JSON. Throws LoopspaceError. */
  json<T>(call: Call): Promise<T> {
    return this.ask(call, readJson<T>);
  }

  /** What stands in the headers of an answer without a body. */
  headers(call: Call): Promise<Headers> {
    return this.ask(call, async (response) => {
      await response.text();
      return response.headers;
    });
  }

  /** The answer itself, its body unread: that has all the time it takes. */
  response(call: Call): Promise<Response> {
    return this.ask(call, async (response) => response);
  }

  /** Deletes. What a try deleted whose answer was lost is gone, as it should be. */
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

  /** Milliseconds until another try; undefined where there is none. See `waitBeforeRetry`. */
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
      // Its status says something also where the rest does not come.
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
