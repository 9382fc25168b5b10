import type { Joined } from "./api.ts";

/** Close codes after which coming back is of no use. */
const FINAL: Readonly<Record<number, Ending>> = {
  4403: "kicked",
  4409: "elsewhere",
  4410: "ended",
};
const UNAUTHORIZED = 4401;
const PING_MS = 5_000;
/** Two pings without an answer: the line is dead, even if nobody has said so. The room gives up on us after 20 s. */
const SILENCE_MS = 12_000;
/** After a sleep or a change of networks the answer to one ping is awaited so long. */
const PROBE_MS = 3_000;
const FIRST_RETRY_MS = 400;
const LONGEST_RETRY_MS = 5_000;

export type Ending = "kicked" | "elsewhere" | "ended" | "left";

export interface Person {
  readonly user_id: number;
  readonly peer_id: string;
  readonly full_name: string;
  readonly is_host: boolean;
  readonly is_guest?: boolean;
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
  /** `peer_id` is what the others call us: not the one that opens the socket. */
  | {
      type: "joined";
      peer_id: string;
      peers: (Person & MediaState & { hand_raised: boolean })[];
      chat: ChatLine[];
    }
  | ({ type: "user-joined" } & Person)
  | ({ type: "user-left" } & Person)
  | ({ type: "offer" | "answer"; sdp: RTCSessionDescriptionInit } & Addressed)
  | ({ type: "ice-candidate"; candidate: RTCIceCandidateInit | null } & Addressed)
  | ({ type: "chat" } & ChatLine)
  | ({ type: "media-state" } & Person & MediaState)
  | ({ type: "raise-hand"; raised: boolean } & Person)
  | { type: "file-shared" | "file-removed"; file_id: number }
  | { type: "error"; code: number; error: string };

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
  private probe: ReturnType<typeof setTimeout> | undefined;
  private retryMs = FIRST_RETRY_MS;
  private heardAt = 0;
  private isOver = false;

  constructor(
    private readonly joined: Joined,
    private readonly listener: SignalingListener,
  ) {
    addEventListener("online", this.look);
    document.addEventListener("visibilitychange", this.look);
    this.connect();
  }

  /** False where there is no line at present: then nothing was sent. */
  send(message: object): boolean {
    if (this.socket?.readyState !== WebSocket.OPEN) return false;
    this.socket.send(JSON.stringify(message));
    return true;
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
    this.end();
    this.socket?.close(1000);
  }

  private end(): void {
    this.isOver = true;
    this.rest();
    clearTimeout(this.timer);
    removeEventListener("online", this.look);
    document.removeEventListener("visibilitychange", this.look);
  }

  private connect(): void {
    // On this host: the address may name the platform's own.
    const { pathname, search } = new URL(this.joined.signaling_url);
    const socket = new WebSocket(`${location.origin.replace(/^http/, "ws")}${pathname}${search}`);
    this.socket = socket;
    socket.addEventListener("open", () => {
      this.retryMs = FIRST_RETRY_MS;
      this.heardAt = Date.now();
      // Before joining: the room then notices when nothing is heard of us any more.
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

  /** Awake again, or on another network: at once, not when a timer gets to it. */
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

  /** A dead line says goodbye after minutes, if at all. */
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
    } else if (code === UNAUTHORIZED) {
      this.end();
      this.listener.onExpired();
    } else {
      this.timer = setTimeout(() => this.connect(), this.retryMs);
      this.retryMs = Math.min(LONGEST_RETRY_MS, this.retryMs * 2);
    }
  }
}
