import type { RoomMessage } from "../../../contract/index.ts";
import { CLOSE } from "../../../contract/limits.ts";
import type { JoinResponse } from "./api.ts";

/** Close codes after which reconnecting has no use. */
const FINAL: Readonly<Record<number, EndReason>> = {
  [CLOSE.kicked]: "kicked",
  [CLOSE.replaced]: "elsewhere",
  [CLOSE.ended]: "ended",
};
const PING_MS = 5_000;
/** Silence after two pings means a lost connection, even without a close event. The room waits PING_TIMEOUT_MS. */
const SILENCE_MS = 12_000;
/** The time to wait for the answer to one ping after sleep or a change of network. */
const PROBE_MS = 3_000;
const FIRST_RETRY_MS = 400;
const LONGEST_RETRY_MS = 5_000;

export type EndReason = "kicked" | "elsewhere" | "ended" | "left";

export interface SignalingListener {
  readonly onMessage: (message: RoomMessage) => void;
  readonly onConnected: (connected: boolean) => void;
  readonly onEnd: (ending: EndReason) => void;
  /** The room removed this peer. Joining again is possible. */
  readonly onExpired: () => void;
}

/** The socket of a room. It reconnects as the same peer after a lost connection. */
export class Signaling {
  private socket: WebSocket | undefined;
  private beat: ReturnType<typeof setInterval> | undefined;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private probe: ReturnType<typeof setTimeout> | undefined;
  private retryMs = FIRST_RETRY_MS;
  private heardAt = 0;
  private isOver = false;

  constructor(
    private readonly joined: JoinResponse,
    private readonly listener: SignalingListener,
  ) {
    addEventListener("online", this.look);
    document.addEventListener("visibilitychange", this.look);
    this.connect();
  }

  /** Sends a message. Returns false, and sends nothing, while there is no connection. */
  send(message: object): boolean {
    if (this.socket?.readyState !== WebSocket.OPEN) return false;
    this.socket.send(JSON.stringify(message));
    return true;
  }

  /** Sends a message to one peer. */
  to(peerId: string, message: object): void {
    this.send({ ...message, from_peer_id: this.joined.peer_id, to_peer_id: peerId });
  }

  /** Leaves the room without coming back. */
  leave(): void {
    this.send({ type: "leave" });
    this.stop();
  }

  stop(): void {
    this.end();
    this.socket?.close(CLOSE.left);
  }

  private end(): void {
    this.isOver = true;
    this.rest();
    clearTimeout(this.timer);
    removeEventListener("online", this.look);
    document.removeEventListener("visibilitychange", this.look);
  }

  private connect(): void {
    // Connects to the host of this page: the URL may name another host of the platform.
    const { pathname, search } = new URL(this.joined.signaling_url);
    const socket = new WebSocket(`${location.origin.replace(/^http/, "ws")}${pathname}${search}`);
    this.socket = socket;
    socket.addEventListener("open", () => {
      this.retryMs = FIRST_RETRY_MS;
      this.heardAt = Date.now();
      // A ping before `join` makes the room watch for silence, so it notices a lost connection.
      socket.send("ping");
      this.beat = setInterval(() => this.ping(socket), PING_MS);
      const { meeting_id, user_id, peer_id } = this.joined;
      this.send({ type: "join", meeting_id, user_id, peer_id });
      this.listener.onConnected(true);
    });
    socket.addEventListener("message", ({ data }) => {
      this.heardAt = Date.now();
      if (data !== "pong") this.listener.onMessage(JSON.parse(data) as RoomMessage);
    });
    socket.addEventListener("close", ({ code }) => this.closed(socket, code));
  }

  private ping(socket: WebSocket): void {
    if (Date.now() - this.heardAt > SILENCE_MS) this.giveUp(socket);
    else if (socket.readyState === WebSocket.OPEN) socket.send("ping");
  }

  /** Tests the connection at once when the page wakes up or the network is back, without waiting for a timer. */
  private readonly look = (): void => {
    const { socket } = this;
    if (document.visibilityState === "hidden") return;
    if (!socket) {
      clearTimeout(this.timer);
      this.connect();
    } else if (socket.readyState === WebSocket.OPEN) {
      const asked = Date.now();
      socket.send("ping");
      clearTimeout(this.probe);
      this.probe = setTimeout(() => this.heardAt < asked && this.giveUp(socket), PROBE_MS);
    }
  };

  /** Treats the socket as closed: on a lost connection the close event comes after minutes, if at all. */
  private giveUp(socket: WebSocket): void {
    this.closed(socket, 1_006);
    socket.close();
  }

  private rest(): void {
    clearInterval(this.beat);
    clearTimeout(this.probe);
  }

  private closed(socket: WebSocket, code: number): void {
    if (this.isOver || socket !== this.socket) return;
    this.socket = undefined;
    this.rest();
    this.listener.onConnected(false);
    const ending = FINAL[code];
    if (ending) {
      this.end();
      this.listener.onEnd(ending);
    } else if (code === CLOSE.unauthorized) {
      this.end();
      this.listener.onExpired();
    } else {
      this.timer = setTimeout(() => this.connect(), this.retryMs);
      this.retryMs = Math.min(LONGEST_RETRY_MS, this.retryMs * 2);
    }
  }
}
