import type { Joined } from "./api.ts";

/** Close codes after which coming back is of no use. */
const FINAL: Readonly<Record<number, Ending>> = {
  4403: "kicked",
  4409: "elsewhere",
  4410: "ended",
};
const UNAUTHORIZED = 4401;
const PING_MS = 8_000;
const FIRST_RETRY_MS = 400;
const LONGEST_RETRY_MS = 5_000;

export type Ending = "kicked" | "elsewhere" | "ended" | "left";

export interface Person {
  readonly user_id: number;
  readonly peer_id: string;
  readonly full_name: string;
  readonly is_host: boolean;
}

export interface MediaState {
  readonly audio: boolean;
  readonly video: boolean;
  readonly screen: boolean;
}

export interface ChatLine {
  readonly user_id: number;
  readonly full_name: string;
  readonly message: string;
  readonly timestamp: string;
}

interface Addressed {
  readonly from_peer_id: string;
  readonly to_peer_id: string;
}

/** What a room says. */
export type RoomMessage =
  | { type: "joined"; peers: (Person & MediaState & { hand_raised: boolean })[]; chat: ChatLine[] }
  | ({ type: "user-joined" } & Person)
  | ({ type: "user-left" } & Person)
  | ({ type: "offer" | "answer"; sdp: RTCSessionDescriptionInit } & Addressed)
  | ({ type: "ice-candidate"; candidate: RTCIceCandidateInit | null } & Addressed)
  | ({ type: "chat" } & ChatLine)
  | ({ type: "media-state" } & Person & MediaState)
  | ({ type: "raise-hand"; raised: boolean } & Person)
  | { type: "error"; error: string };

export interface SignalingListener {
  readonly onMessage: (message: RoomMessage) => void;
  readonly onConnected: (connected: boolean) => void;
  readonly onEnd: (ending: Ending) => void;
  /** The room has given the seat away: joining again gives another. */
  readonly onExpired: () => void;
}

/** The socket of a room: comes back where it breaks off, as the same peer. */
export class Signaling {
  private socket: WebSocket | undefined;
  private beat: ReturnType<typeof setInterval> | undefined;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private retryMs = FIRST_RETRY_MS;
  private isOver = false;

  constructor(
    private readonly joined: Joined,
    private readonly listener: SignalingListener,
  ) {
    this.connect();
  }

  send(message: object): void {
    if (this.socket?.readyState === WebSocket.OPEN) this.socket.send(JSON.stringify(message));
  }

  /** To one peer. */
  to(peerId: string, message: object): void {
    this.send({ ...message, from_peer_id: this.joined.peer_id, to_peer_id: peerId });
  }

  /** Leaves for good. */
  leave(): void {
    this.send({ type: "leave" });
    this.stop();
  }

  stop(): void {
    this.isOver = true;
    clearInterval(this.beat);
    clearTimeout(this.timer);
    this.socket?.close(1000);
  }

  private connect(): void {
    // On this host: the address may name the platform's own.
    const { pathname, search } = new URL(this.joined.signaling_url);
    const socket = new WebSocket(`${location.origin.replace(/^http/, "ws")}${pathname}${search}`);
    this.socket = socket;
    socket.addEventListener("open", () => {
      this.retryMs = FIRST_RETRY_MS;
      // Before joining: the room then notices when nothing is heard of us any more.
      socket.send("ping");
      this.beat = setInterval(() => socket.readyState === WebSocket.OPEN && socket.send("ping"), PING_MS);
      const { meeting_id, user_id, peer_id } = this.joined;
      this.send({ type: "join", meeting_id, user_id, peer_id });
      this.listener.onConnected(true);
    });
    socket.addEventListener("message", ({ data }) => {
      if (data !== "pong") this.listener.onMessage(JSON.parse(data) as RoomMessage);
    });
    socket.addEventListener("close", ({ code }) => this.closed(code));
  }

  private closed(code: number): void {
    clearInterval(this.beat);
    if (this.isOver) return;
    this.listener.onConnected(false);
    const ending = FINAL[code];
    if (ending) {
      this.isOver = true;
      this.listener.onEnd(ending);
    } else if (code === UNAUTHORIZED) {
      this.isOver = true;
      this.listener.onExpired();
    } else {
      this.timer = setTimeout(() => this.connect(), this.retryMs);
      this.retryMs = Math.min(LONGEST_RETRY_MS, this.retryMs * 2);
    }
  }
}
