import { z } from "zod";
import { CLOSE } from "../../src/core/meetings/protocol.ts";

/** Whose socket it is: all a room has to know of one when it wakes. */
const attachmentSchema = z.object({ peerId: z.string() });

/** A room's hibernating sockets: each is tagged with its peer, and attached to it until it is replaced, closed or lost. */
export class RoomSockets {
  /** What the attachments say: a wake empties it, and reading one again for each message would cost more than passing it on. */
  private readonly owners = new WeakMap<WebSocket, string>();

  constructor(private readonly ctx: DurableObjectState) {}

  accept(socket: WebSocket, peerId: string): void {
    this.ctx.acceptWebSocket(socket, [peerId]);
    socket.serializeAttachment({ peerId });
  }

  all(): WebSocket[] {
    return this.ctx.getWebSockets();
  }

  /** Those that speak for somebody: one that was closed stays among the others until its connection is gone. */
  living(): WebSocket[] {
    return this.all().filter((socket) => this.ownerOf(socket) !== undefined);
  }

  of(peerId: string): WebSocket[] {
    return this.ctx.getWebSockets(peerId);
  }

  /** The peer it belongs to; undefined for a ghost. */
  ownerOf(socket: WebSocket): string | undefined {
    const known = this.owners.get(socket);
    if (known !== undefined) return known;
    const peerId = attachmentSchema.safeParse(socket.deserializeAttachment()).data?.peerId;
    if (peerId !== undefined) this.owners.set(socket, peerId);
    return peerId;
  }

  /** It speaks for nobody any more. */
  disown(socket: WebSocket): void {
    this.owners.delete(socket);
    socket.serializeAttachment(null);
  }

  /** When its last ping came, ms UTC; undefined where none ever did. */
  heardAt(socket: WebSocket): number | undefined {
    return this.ctx.getWebSocketAutoResponseTimestamp(socket)?.getTime();
  }
}

export const refuse = (socket: WebSocket, code: number, error: string): void =>
  send(socket, JSON.stringify({ type: "error", code, error }));

/** A socket that is going away harms nobody else. */
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
    // gone already
  }
};
