import { z } from "@hono/zod-openapi";
import type { Context } from "hono";
import { DISPLACED_CLOSE, type ProgressEvent, progressEventSchema } from "../core/progress/index.ts";

const KEEP_ALIVE_MS = 15_000;
/** Codes from here on are ours: the subscription was ended on purpose. */
const FIRST_OWN_CLOSE = 4_000;
/** The soonest a displaced client comes back; the latest is twice that. */
const DISPLACED_RETRY_MS = 30_000;

/** Opens a subscription of a progress channel, which is sent what is newer than `after`. */
export type Subscribe = (after: number) => Promise<WebSocket>;

export interface ProgressStreamOptions {
  readonly subscribe: Subscribe;
  /** The version the client has already. */
  readonly after?: number;
  /** Sent before anything is awaited, so that a client whose connection breaks early can go on. */
  readonly first?: ProgressEvent;
  /**
   * How it stands in storage; undefined where it is gone. Read after the subscription is open, so that no change falls in
   * between.
   */
  readonly current: () => Promise<ProgressEvent | undefined>;
  /** What a client is shown of an event. */
  readonly render: (event: ProgressEvent) => Promise<unknown>;
  readonly keepAliveMs?: number;
}

const encoder = new TextEncoder();

/**
 * An event of a stream. Its id is the last line: a client that takes the id as soon as it reads the line has the data by
 * then.
 */
const eventText = (data: unknown, id: string): string => `data: ${JSON.stringify(data)}\nid: ${id}\n\n`;

/** Beside the operations whose streams go on where they broke off. */
export const lastEventIdHeaders = z.object({
  "last-event-id": z.string().optional().openapi({
    description:
      "The `id` of the last event the client has got. SSE clients send it by themselves when they connect again.",
  }),
});

/** What the client of a stream says it has got last; undefined where it says nothing. */
export const lastEventIdOf = (c: Context): string | undefined => c.req.header("last-event-id");

/** Says to a client of server-sent events that nothing more comes, so that it does not connect again. */
export const streamIsOver = (): Response => new Response(null, { status: 204 });

const parse = (data: unknown): ProgressEvent | undefined => {
  if (typeof data !== "string") return undefined;
  try {
    return progressEventSchema.safeParse(JSON.parse(data)).data;
  } catch {
    return undefined;
  }
};

/** One watched key as server-sent events. */
class ProgressStream {
  private socket: WebSocket | undefined;
  private timer: ReturnType<typeof setInterval> | undefined;
  private version: number;
  private ended = false;
  /** Events are rendered one after another: a later one never overtakes an earlier one. */
  private line: Promise<void> = Promise.resolve();

  constructor(
    private readonly controller: ReadableStreamDefaultController<Uint8Array>,
    private readonly options: ProgressStreamOptions,
  ) {
    this.version = options.after ?? -1;
  }

  async start(): Promise<void> {
    const { keepAliveMs = KEEP_ALIVE_MS, first } = this.options;
    this.timer = setInterval(() => this.keepAlive(), keepAliveMs);
    if (first) this.push(first);
    await this.listen();
  }

  end(): void {
    if (this.ended) return;
    this.ended = true;
    clearInterval(this.timer);
    this.socket?.close(1_000, "");
    try {
      this.controller.close();
    } catch {
      // the client went first
    }
  }

  private async listen(): Promise<void> {
    const socket = await this.options.subscribe(this.version);
    this.socket = socket;
    socket.addEventListener("message", ({ data }) => this.push(parse(data)));
    socket.addEventListener("close", ({ code }) => {
      this.socket = undefined;
      // The next keep-alive opens another subscription, unless this one was ended on purpose.
      if (code === DISPLACED_CLOSE) this.displace();
      else if (code >= FIRST_OWN_CLOSE) this.end();
    });
    socket.accept();
    if (this.ended) return socket.close(1_000, "");
    const current = await this.options.current();
    if (current) this.push(current);
    // The line is not cut short: what was pushed before is still written.
    else this.line = this.line.then(() => this.end());
  }

  /**
   * SSE clients connect again by themselves. One that did so at once would displace the next stream, and so on in a circle:
   * each is told to wait, and not all of them for the same time.
   */
  private displace(): void {
    const waitMs = Math.round(DISPLACED_RETRY_MS * (1 + Math.random()));
    this.line = this.line.then(() => {
      if (!this.ended) this.write(`retry: ${waitMs}\n\n`);
      this.end();
    });
  }

  private keepAlive(): void {
    if (this.ended) return;
    this.write(": keep-alive\n\n");
    if (!this.socket) this.listen().catch(() => undefined);
  }

  private push(event: ProgressEvent | undefined): void {
    if (!event || event.version <= this.version) return;
    this.version = event.version;
    this.line = this.line
      .then(async () => {
        if (this.ended) return;
        this.write(eventText(await this.options.render(event), `${event.key}:${event.version}`));
        if (event.terminal) this.end();
      })
      // The client comes back for what could not be shown.
      .catch(() => this.end());
  }

  private write(text: string): void {
    try {
      this.controller.enqueue(encoder.encode(text));
    } catch {
      this.end();
    }
  }
}

/** Answers with each change until the last one, and a comment every 15 s, so that no proxy on the way hangs up. */
export const progressStream = (options: ProgressStreamOptions): Response => {
  let stream: ProgressStream | undefined;
  const body = new ReadableStream<Uint8Array>({
    start: async (controller) => {
      stream = new ProgressStream(controller, options);
      try {
        await stream.start();
      } catch (error) {
        stream.end();
        throw error;
      }
    },
    cancel: () => stream?.end(),
  });
  return sseResponse(body);
};

const sseResponse = (body: ReadableStream<Uint8Array>): Response =>
  new Response(body, {
    headers: {
      "content-type": "text/event-stream; charset=utf-8",
      "cache-control": "no-cache, no-transform",
      "x-accel-buffering": "no",
    },
  });

/** An event of `eventStream`. */
export interface StreamEvent {
  readonly id: string;
  readonly data: unknown;
}

/**
 * Answers with each event of a generator as it comes, and a comment in every 15 s of silence. The generator is asked for
 * nothing faster than the client reads; when the client goes the signal aborts and the generator ends.
 */
export const eventStream = (
  events: (signal: AbortSignal) => AsyncGenerator<StreamEvent, void, undefined>,
  keepAliveMs = KEEP_ALIVE_MS,
): Response => {
  const gone = new AbortController();
  const source = events(gone.signal);
  const body = new ReadableStream<Uint8Array>({
    async pull(controller) {
      const silence = setInterval(() => controller.enqueue(encoder.encode(": keep-alive\n\n")), keepAliveMs);
      try {
        const next = await source.next();
        if (gone.signal.aborted) return;
        if (next.done) controller.close();
        else controller.enqueue(encoder.encode(eventText(next.value.data, next.value.id)));
      } finally {
        clearInterval(silence);
      }
    },
    async cancel() {
      gone.abort();
      await source.return();
    },
  });
  return sseResponse(body);
};
