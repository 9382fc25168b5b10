import { CLOSE_DISPLACED, type ProgressEvent, progressEventSchema } from "../core/progress/index.ts";

/** The WebSocket close code where the session has ended or does not exist. */
export const UNAUTHORIZED_CLOSE = 4_401;
const TRY_AGAIN_LATER = 1_013;
const MAX_TIMER_MS = 2 ** 31 - 1;

export interface ProgressSocketOptions {
  /** Subscribes to a progress channel. */
  readonly subscribe: () => Promise<WebSocket>;
  /** Reads the current state from storage. Called after the subscription is open, so that no change is missed. */
  readonly current: () => Promise<readonly ProgressEvent[]>;
  /** Returns the message for the client, or undefined to send none. */
  readonly render: (event: ProgressEvent) => Promise<unknown>;
  /** When the credentials that opened the socket expire. ms UTC */
  readonly expiresAt: number;
  /** The subprotocol to confirm, where the client offered it. */
  readonly protocol?: string | undefined;
  readonly onError: (error: unknown) => void;
}

const parsed = (data: unknown): unknown => {
  try {
    return typeof data === "string" ? JSON.parse(data) : undefined;
  } catch {
    return undefined;
  }
};

/** Forwards the events of a progress channel to one client. */
class ProgressSocket {
  private readonly versions = new Map<string, number>();
  /** Renders events one after another, because rendering is asynchronous and must not change their order. */
  private line: Promise<void> = Promise.resolve();
  private upstream: WebSocket | undefined;
  private expiry: ReturnType<typeof setTimeout> | undefined;
  private ended = false;

  constructor(
    private readonly client: WebSocket,
    private readonly options: ProgressSocketOptions,
  ) {}

  async start(): Promise<void> {
    this.client.addEventListener("message", ({ data }) => this.answer(data));
    this.client.addEventListener("close", () => this.end(1_000, ""));
    this.client.addEventListener("error", () => this.end(1_000, ""));
    this.client.accept();
    const left = Math.min(MAX_TIMER_MS, this.options.expiresAt - Date.now());
    this.expiry = setTimeout(() => this.end(UNAUTHORIZED_CLOSE, "the access token has expired"), left);
    this.upstream = await this.options.subscribe();
    this.upstream.addEventListener("message", ({ data }) => {
      const event = progressEventSchema.safeParse(parsed(data)).data;
      if (event) this.push(event);
    });
    this.upstream.addEventListener("close", ({ code, reason }) => {
      // After any other close code the client can connect again.
      if (code === UNAUTHORIZED_CLOSE || code === CLOSE_DISPLACED) this.end(code, reason);
      else this.end(TRY_AGAIN_LATER, "try again later");
    });
    this.upstream.accept();
    for (const event of await this.options.current()) this.push(event);
  }

  end(code: number, reason: string): void {
    if (this.ended) return;
    this.ended = true;
    clearTimeout(this.expiry);
    for (const [socket, with_] of [
      [this.client, code],
      [this.upstream, 1_000],
    ] as const) {
      try {
        socket?.close(with_, reason);
      } catch {
        // The socket is closed already.
      }
    }
  }

  /** Answers a ping, sent as `ping` or as `{"type":"ping"}`, with a pong in the same form. */
  private answer(data: unknown): void {
    if (data === "ping") this.send("pong");
    else if ((parsed(data) as { type?: unknown } | undefined)?.type === "ping") this.send('{"type":"pong"}');
  }

  private push(event: ProgressEvent): void {
    const known = this.versions.get(event.key) ?? -1;
    if (event.version <= known) return;
    this.versions.set(event.key, event.version);
    this.line = this.line.then(async () => {
      if (this.ended) return;
      try {
        const shown = await this.options.render(event);
        if (shown !== undefined) this.send(JSON.stringify(shown));
      } catch (error) {
        this.options.onError(error);
      }
    });
  }

  private send(text: string): void {
    try {
      this.client.send(text);
    } catch {
      this.end(1_000, "");
    }
  }
}

const upgraded = (client: WebSocket, protocol: string | undefined): Response =>
  new Response(null, {
    status: 101,
    webSocket: client,
    headers: protocol === undefined ? {} : { "sec-websocket-protocol": protocol },
  });

/** Answers a WebSocket upgrade with the events of a progress channel. */
export const progressSocket = (options: ProgressSocketOptions): Response => {
  const { 0: client, 1: server } = new WebSocketPair();
  const socket = new ProgressSocket(server, options);
  socket.start().catch((error) => {
    options.onError(error);
    socket.end(TRY_AGAIN_LATER, "try again later");
  });
  return upgraded(client, options.protocol);
};

/**
 * Accepts an upgrade and closes it at once, because a browser hides the status of a refused upgrade from the page but
 * shows it the close code.
 */
export const closedSocket = (code: number, reason: string, protocol?: string): Response => {
  const { 0: client, 1: server } = new WebSocketPair();
  server.accept();
  server.close(code, reason);
  return upgraded(client, protocol);
};
