import { z } from "@hono/zod-openapi";
import type { Context } from "hono";
import { CLOSE_DISPLACED, type ProgressEvent, progressEventSchema } from "../core/progress/index.ts";

const KEEP_ALIVE_MS = 15_000;
/** The first of the platform's own WebSocket close codes, which mean that the subscription was ended on purpose. */
const FIRST_OWN_CLOSE = 4_000;
/** The shortest reconnection delay of a displaced client; the longest is twice that. */
const DISPLACED_RETRY_MS = 30_000;

/** Subscribes to a progress channel, which sends the events with a version above `after`. */
export type Subscribe = (after: number) => Promise<WebSocket>;

export interface ProgressStreamOptions {
  readonly subscribe: Subscribe;
  /** The version that the client already has. */
  readonly after?: number;
  /** Sent before anything is awaited, so that a client whose connection breaks early has an id to resume from. */
  readonly first?: ProgressEvent;
  /**
   * Reads the current state from storage; undefined where the resource no longer exists. Called after the
   * subscription is open, so that no change is missed.
   */
  readonly current: () => Promise<ProgressEvent | undefined>;
  /** Returns the data of an event for the client. */
  readonly render: (event: ProgressEvent) => Promise<unknown>;
  readonly keepAliveMs?: number;
}

const encoder = new TextEncoder();

/**
 * Returns the text of an event. The id is the last line, because some clients store the id as soon as they read its
 * line and must have the data by then.
 */
const eventText = (data: unknown, id: string): string => `data: ${JSON.stringify(data)}\nid: ${id}\n\n`;

/** The request header of operations whose streams can resume. */
export const lastEventIdHeaders = z.object({
  "last-event-id": z.string().optional().openapi({
    description:
      "The `id` of the last event that the client received. SSE clients send it automatically when they reconnect.",
  }),
});

/** Returns the id of the last event that the client received; undefined where the request has none. */
export const lastEventIdOf = (c: Context): string | undefined => c.req.header("last-event-id");

/** Answers 204, which tells an SSE client not to reconnect (HTML standard, server-sent events). */
export const streamIsOver = (): Response => new Response(null, { status: 204 });

const parse = (data: unknown): ProgressEvent | undefined => {
  if (typeof data !== "string") return undefined;
  try {
    return progressEventSchema.safeParse(JSON.parse(data)).data;
  } catch {
    return undefined;
  }
};

/** Sends the events of one watched key as server-sent events. */
class ProgressStream {
  private socket: WebSocket | undefined;
  private timer: ReturnType<typeof setInterval> | undefined;
  private version: number;
  private ended = false;
  /** Renders events one after another, because rendering is asynchronous and must not change their order. */
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
      // The client has disconnected already.
    }
  }

  private async listen(): Promise<void> {
    const socket = await this.options.subscribe(this.version);
    this.socket = socket;
    socket.addEventListener("message", ({ data }) => this.push(parse(data)));
    socket.addEventListener("close", ({ code }) => {
      this.socket = undefined;
      // Unless the subscription was ended on purpose, the next keep-alive opens another one.
      if (code === CLOSE_DISPLACED) this.displace();
      else if (code >= FIRST_OWN_CLOSE) this.end();
    });
    socket.accept();
    if (this.ended) return socket.close(1_000, "");
    const current = await this.options.current();
    if (current) this.push(current);
    // Ends at the end of the line, so that events pushed before are still written.
    else this.line = this.line.then(() => this.end());
  }

  /**
   * SSE clients reconnect automatically. A displaced client that reconnected at once would displace another stream,
   * whose client would do the same, without end. So each is told to wait for a random time before it reconnects.
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
      // The client reconnects and receives the event that could not be rendered.
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

/**
 * Answers with each change until the last one, and a comment every 15 s, so that no proxy closes an idle connection.
 */
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
 * Answers with each event of a generator, and a comment after every 15 s without an event. Events are pulled only as
 * fast as the client reads. When the client disconnects, the signal aborts and the generator ends.
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
