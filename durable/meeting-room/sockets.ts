import { z } from "zod";
import { CLOSE } from "../../src/products/meeting/domain/meetings/protocol.ts";

/** The attachment of a socket: after hibernation the room needs to know only its peer. */
const attachmentSchema = z.object({ peerId: z.string() });

/**
 * A room's hibernating sockets. Each is tagged with its peer, and its attachment names the peer until it is disowned.
 */
export class RoomSockets {
  /** A cache of the attachments; reading one for each message would cost more than relaying the message. */
  private readonly owners = new WeakMap<WebSocket, string>();

  constructor(private readonly ctx: DurableObjectState) {}

  accept(socket: WebSocket, peerId: string): void {
    this.ctx.acceptWebSocket(socket, [peerId]);
    socket.serializeAttachment({ peerId });
  }

  all(): WebSocket[] {
    return this.ctx.getWebSockets();
  }

  /** Returns the sockets that belong to a peer. A closed socket stays in `all` until its connection is gone. */
  active(): WebSocket[] {
    return this.all().filter((socket) => this.ownerOf(socket) !== undefined);
  }

  of(peerId: string): WebSocket[] {
    return this.ctx.getWebSockets(peerId);
  }

  /** Returns the id of the socket's peer; undefined for a disowned socket. */
  ownerOf(socket: WebSocket): string | undefined {
    const known = this.owners.get(socket);
    if (known !== undefined) return known;
    const peerId = attachmentSchema.safeParse(socket.deserializeAttachment()).data?.peerId;
    if (peerId !== undefined) this.owners.set(socket, peerId);
    return peerId;
  }

  /** Detaches a socket from its peer, after it was replaced, closed or lost. */
  disown(socket: WebSocket): void {
    this.owners.delete(socket);
    socket.serializeAttachment(null);
  }

  /** Returns the time of the socket's last ping, ms UTC; undefined if it never sent one. */
  lastPingAt(socket: WebSocket): number | undefined {
    return this.ctx.getWebSocketAutoResponseTimestamp(socket)?.getTime();
  }
}

export const refuse = (socket: WebSocket, code: number, error: string): void =>
  send(socket, JSON.stringify({ type: "error", code, error }));

/** Sends a text. An error of one closing socket must not stop the messages to the others. */
export const send = (socket: WebSocket, text: string): void => {
  try {
    socket.send(text);
  } catch {
    close(socket, CLOSE.left, "");
  }
};

export const close = (socket: WebSocket, code: number, reason: string): void => {
  try {
    socket.close(code, reason);
  } catch {
    // The socket is closed already.
  }
};
