import { createRequire } from "node:module";
import type { AddressInfo } from "node:net";

/** The part of `ws` that is used here. The package comes with Miniflare, without type declarations. */
export interface Socket {
  on(event: "open" | "close", listener: () => void): void;
  on(event: "error", listener: (error: Error) => void): void;
  on(event: "message", listener: (data: Buffer) => void): void;
  removeAllListeners(): void;
  send(text: string): void;
  close(code?: number): void;
}

interface Server {
  on(event: "listening", listener: () => void): void;
  on(event: "connection", listener: (socket: Socket, request: { readonly url?: string }) => void): void;
  address(): AddressInfo;
}

interface Ws {
  readonly WebSocket: new (
    url: string,
    options: { readonly headers: Record<string, string>; readonly perMessageDeflate: false },
  ) => Socket;
  readonly WebSocketServer: new (options: { readonly host: string; readonly port: number }) => Server;
}

export const { WebSocket, WebSocketServer } = createRequire(import.meta.url)("ws") as Ws;
