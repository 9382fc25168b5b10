import type { LiveMessage } from "../../../contract/index.ts";
import { tokenOf } from "./api.ts";

const UNAUTHORIZED = 4401;
const DISPLACED = 4429;
const FIRST_RETRY_MS = 500;
const LONGEST_RETRY_MS = 30_000;
const PING_MS = 30_000;

/** The latest live message of each task. */
export type LiveTasks = Readonly<Record<string, LiveMessage>>;

export interface LiveListener {
  readonly onMessage: (message: LiveMessage) => void;
  readonly onState: (connected: boolean) => void;
  /** The session has ended. */
  readonly onEnded: () => void;
  /** The account has too many connections, so this one was closed. Reconnecting unasked would close another one. */
  readonly onDisplaced: () => void;
}

/** Opens a socket that reconnects after failures, and passes its messages on. Returns a function that closes it. */
export const connectLiveUpdates = ({
  onMessage,
  onState,
  onEnded,
  onDisplaced,
}: LiveListener): (() => void) => {
  let socket: WebSocket | undefined;
  let retryMs = FIRST_RETRY_MS;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let ended = false;

  const connect = (): void => {
    const token = tokenOf();
    if (ended || !token) return;
    // The token is not in the URL, because URLs are written to logs.
    socket = new WebSocket(`${location.origin.replace(/^http/, "ws")}/ws`, ["bearer", token]);
    const beat = setInterval(() => socket?.readyState === WebSocket.OPEN && socket.send("ping"), PING_MS);
    socket.addEventListener("open", () => {
      retryMs = FIRST_RETRY_MS;
      onState(true);
    });
    socket.addEventListener("message", ({ data }) => {
      if (data !== "pong") onMessage(JSON.parse(data) as LiveMessage);
    });
    socket.addEventListener("close", ({ code }) => {
      clearInterval(beat);
      onState(false);
      if (ended) return;
      if (code === UNAUTHORIZED) return onEnded();
      if (code === DISPLACED) return onDisplaced();
      timer = setTimeout(connect, retryMs);
      retryMs = Math.min(LONGEST_RETRY_MS, retryMs * 2);
    });
  };

  connect();
  return () => {
    ended = true;
    clearTimeout(timer);
    socket?.close();
  };
};
