import { type ProgressEvent, progressEventSchema } from "../core/progress/index.ts";

const KEEP_ALIVE_MS = 15_000;

/** Opens a subscription of a progress channel. */
export type Subscribe = () => Promise<WebSocket>;

export interface ProgressStreamOptions {
  readonly subscribe: Subscribe;
  /** How it stands in storage. Read after the subscription is open, so that no change falls in between. */
  readonly current: () => Promise<ProgressEvent | undefined>;
  /** What a client is shown of an event. */
  readonly render: (event: ProgressEvent) => Promise<unknown>;
  readonly keepAliveMs?: number;
}

const encoder = new TextEncoder();

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
  private version = -1;
  private ended = false;
  /** Events are rendered one after another: a later one never overtakes an earlier one. */
  private line: Promise<void> = Promise.resolve();

  constructor(
    private readonly controller: ReadableStreamDefaultController<Uint8Array>,
    private readonly options: ProgressStreamOptions,
  ) {}

  async start(): Promise<void> {
    const { keepAliveMs = KEEP_ALIVE_MS } = this.options;
    this.timer = setInterval(() => this.keepAlive(), keepAliveMs);
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
    this.socket = await this.options.subscribe();
    this.socket.addEventListener("message", ({ data }) => this.push(parse(data)));
    // The next sign of life looks whether the channel is still there.
    this.socket.addEventListener("close", () => {
      this.socket = undefined;
    });
    this.socket.accept();
    this.push(await this.options.current());
  }

  private keepAlive(): void {
    if (this.ended) return;
    this.write(": keep-alive\n\n");
    if (!this.socket) this.listen().catch(() => undefined);
  }

  private push(event: ProgressEvent | undefined): void {
    if (!event || event.version <= this.version) return;
    this.version = event.version;
    this.line = this.line.then(async () => {
      if (this.ended) return;
      this.write(`data: ${JSON.stringify(await this.options.render(event))}\n\n`);
      if (event.terminal) this.end();
    });
  }

  private write(text: string): void {
    try {
      this.controller.enqueue(encoder.encode(text));
    } catch {
      this.end();
    }
  }
}

/** Answers with each change until the last one, and a comment every 15 s, so that nobody on the way hangs up. */
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

/**
 * Answers with each value of a generator as it comes, and a comment in every 15 s of silence. Nothing is asked of the
 * generator faster than the client reads; when the client goes the signal aborts and the generator ends.
 */
export const eventStream = (
  events: (signal: AbortSignal) => AsyncGenerator<unknown, void, undefined>,
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
        else controller.enqueue(encoder.encode(`data: ${JSON.stringify(next.value)}\n\n`));
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
