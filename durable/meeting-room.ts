import { DurableObject } from "cloudflare:workers";
import { z } from "zod";
import {
  type Admission,
  ARRIVAL_MS,
  CLOSE,
  type ClientMessage,
  clientMessageSchema,
  GRACE_MS,
  type LeaveReason,
  MAX_MESSAGE_BYTES,
  SILENCE_MS,
} from "../src/core/meetings/protocol.ts";
import type { Env } from "../src/platform/bindings.ts";
import { errorFields, log } from "../src/platform/logger.ts";
import { FloodGate } from "./support/flood-gate.ts";
import { type Peer, RoomStore } from "./support/room-store.ts";

/** Whose socket it is: all a room has to know of one when it wakes. */
const attachmentSchema = z.object({ peerId: z.string(), openedAt: z.number() });

const TOO_LONG = 1_009;
/** How soon a room that lost somebody it could not write down tries again. */
const RETRY_MS = 5_000;

type Targeted = Extract<ClientMessage, { to_peer_id: string }>;

const issueOf = (error: z.ZodError): string => {
  const [issue] = error.issues;
  return issue ? `${issue.path.join(".") || "message"}: ${issue.message}` : "the message is not valid";
};

/**
 * A meeting's room: passes signaling messages between its peers, one object a meeting. Sockets hibernate; who is in the room,
 * what is held for somebody about to come back and what was said is written down, so that an eviction loses nothing.
 */
export class MeetingRoom extends DurableObject<Env> {
  private readonly store = new RoomStore(this.ctx.storage);
  private readonly flood = new FloodGate();

  /** Lets somebody in: the capability opens the socket. Who was in already with another one is replaced. */
  async admit(meetingId: number, admission: Admission): Promise<void> {
    this.store.setFact("meeting", String(meetingId));
    const before = this.store.peerOfUser(admission.userId);
    if (before) this.drop(before, "rejoined", CLOSE.replaced);
    this.store.admit(admission, Date.now() + ARRIVAL_MS);
    await this.plan();
  }

  /** Somebody left, or was sent away. */
  async dismiss(userId: number, reason: "left" | "kicked"): Promise<void> {
    const peer = this.store.peerOfUser(userId);
    if (!peer) return;
    if (reason === "kicked") this.tell(peer.peerId, { type: "kicked", user_id: userId });
    this.drop(peer, reason, reason === "kicked" ? CLOSE.kicked : CLOSE.left);
    await this.plan();
  }

  /** The meeting is over for everybody. */
  async end(): Promise<void> {
    for (const socket of this.ctx.getWebSockets()) {
      send(socket, JSON.stringify({ type: "meeting-ended" }));
      close(socket, CLOSE.ended, "the meeting has ended");
    }
    this.store.clear();
    await this.ctx.storage.deleteAlarm();
  }

  /** How the people who are in it have set themselves up. */
  peers(): { userId: number; peerId: string; isHandRaised: boolean; isConnected: boolean }[] {
    return this.store.peers().map(({ userId, peerId, isHandRaised, dueAt }) => ({
      userId,
      peerId,
      isHandRaised,
      isConnected: dueAt === null,
    }));
  }

  /** Opens a socket for the triple that joining gave. */
  override async fetch(request: Request): Promise<Response> {
    if (request.headers.get("upgrade")?.toLowerCase() !== "websocket")
      return new Response("this is a WebSocket", { status: 426, headers: { upgrade: "websocket" } });
    const { searchParams } = new URL(request.url);
    const peer = this.store.peer(searchParams.get("peer_id") ?? "");
    const { 0: client, 1: server } = new WebSocketPair();
    if (!peer || String(peer.userId) !== searchParams.get("user_id")) {
      server.accept();
      send(server, JSON.stringify({ type: "error", code: 401, error: "join the meeting first" }));
      server.close(CLOSE.unauthorized, "join the meeting first");
      return new Response(null, { status: 101, webSocket: client });
    }
    // The same peer from a new connection: the old one is a ghost.
    for (const socket of this.ctx.getWebSockets(peer.peerId)) {
      socket.serializeAttachment(null);
      close(socket, CLOSE.replaced, "opened again");
    }
    this.ctx.acceptWebSocket(server, [peer.peerId]);
    this.ctx.setWebSocketAutoResponse(new WebSocketRequestResponsePair("ping", "pong"));
    server.serializeAttachment({ peerId: peer.peerId, openedAt: Date.now() });
    this.store.setDue(peer.peerId, null);
    for (const message of this.store.takeHeld(peer.peerId)) send(server, message);
    await this.plan();
    return new Response(null, { status: 101, webSocket: client });
  }

  override async webSocketMessage(socket: WebSocket, data: string | ArrayBuffer): Promise<void> {
    const peer = this.peerOf(socket);
    if (!peer) return close(socket, CLOSE.unauthorized, "join the meeting first");
    if (!this.flood.pass(socket, Date.now())) return refuse(socket, 429, "too many messages: slow down");
    if (typeof data !== "string") return refuse(socket, 400, "messages are text");
    if (data.length > MAX_MESSAGE_BYTES || new TextEncoder().encode(data).length > MAX_MESSAGE_BYTES)
      return refuse(socket, TOO_LONG, `a message has at most ${MAX_MESSAGE_BYTES} bytes`);
    const message = parse(data);
    if ("error" in message) return refuse(socket, 400, message.error);
    await this.take(socket, peer, message);
  }

  override async webSocketClose(socket: WebSocket, code: number): Promise<void> {
    // 1005 and 1006 say that there was no code, and may not be sent.
    close(socket, code === 1_005 || code === 1_006 ? 1_000 : code, "");
    await this.lose(socket);
  }

  override async webSocketError(socket: WebSocket): Promise<void> {
    await this.lose(socket);
  }

  override async alarm(): Promise<void> {
    const now = Date.now();
    for (const socket of this.ctx.getWebSockets()) {
      const heard = this.ctx.getWebSocketAutoResponseTimestamp(socket)?.getTime();
      // Only who has ever pinged is expected to.
      if (heard === undefined || now - heard <= SILENCE_MS) continue;
      close(socket, CLOSE.silent, "nothing was heard");
      await this.lose(socket, now - GRACE_MS);
    }
    for (const peer of this.store.peers()) {
      if (peer.dueAt === null || peer.dueAt > now) continue;
      if (await this.writeDown(peer)) this.drop(peer, "disconnected", CLOSE.left);
      else this.store.setDue(peer.peerId, now + RETRY_MS);
    }
    await this.plan();
  }

  private async take(socket: WebSocket, peer: Peer, message: ClientMessage): Promise<void> {
    if (message.type === "ping") return send(socket, '{"type":"pong"}');
    if (message.type === "join") return this.join(socket, peer, message);
    if (!peer.hasJoined) return refuse(socket, 400, "send join first");
    if ("user_id" in message && message.user_id !== undefined && message.user_id !== peer.userId)
      return refuse(socket, 403, "user_id is not yours");
    switch (message.type) {
      case "offer":
      case "answer":
      case "ice-candidate":
        return this.pass(socket, peer, message);
      case "chat":
        return this.say(peer, message.message);
      case "media-state": {
        const media = {
          audio: message.audio ?? peer.media.audio,
          video: message.video ?? peer.media.video,
          screen: message.screen ?? peer.media.screen,
        };
        this.store.setMedia(peer.peerId, media);
        return this.tellOthers(peer, { type: "media-state", ...nameOf(peer), ...media });
      }
      case "raise-hand":
        this.store.setHand(peer.peerId, message.raised);
        return this.tellOthers(peer, { type: "raise-hand", ...nameOf(peer), raised: message.raised });
      case "leave":
        if (await this.writeDown(peer)) this.drop(peer, "left", CLOSE.left);
        return this.plan();
    }
  }

  /** Who joins is told who is there and what was said; the others hear of it, once. */
  private join(
    socket: WebSocket,
    peer: Peer,
    { meeting_id, user_id, peer_id }: Extract<ClientMessage, { type: "join" }>,
  ): void {
    if (
      String(meeting_id) !== this.store.fact("meeting") ||
      user_id !== peer.userId ||
      peer_id !== peer.peerId
    ) {
      refuse(socket, 403, "meeting_id, user_id and peer_id are not those of this socket");
      return;
    }
    const others = this.store.peers().filter((one) => one.hasJoined && one.peerId !== peer.peerId);
    send(
      socket,
      JSON.stringify({
        type: "joined",
        meeting_id,
        peers: others.map((one) => ({ ...nameOf(one), ...one.media, hand_raised: one.isHandRaised })),
        chat: this.store.chat().map(({ userId, peerId, fullName, message, at }) => ({
          user_id: userId,
          peer_id: peerId,
          full_name: fullName,
          message,
          timestamp: new Date(at).toISOString(),
        })),
      }),
    );
    if (peer.hasJoined) return;
    this.store.setJoined(peer.peerId);
    this.tellOthers(peer, { type: "user-joined", ...nameOf(peer) });
  }

  /** To one peer, in order. For one that is about to come back it is held. */
  private pass(socket: WebSocket, peer: Peer, message: Targeted): void {
    if (message.from_peer_id !== peer.peerId) {
      refuse(socket, 403, "from_peer_id is not yours");
      return;
    }
    const target = this.store.peer(message.to_peer_id);
    if (!target?.hasJoined) {
      refuse(socket, 404, `peer ${message.to_peer_id} is not here`);
      return;
    }
    const text = JSON.stringify({ ...message, user_id: peer.userId });
    if (target.dueAt === null) this.tell(target.peerId, text);
    else if (!this.store.hold(target.peerId, text)) refuse(socket, 404, `peer ${message.to_peer_id} is away`);
  }

  private say(peer: Peer, message: string): void {
    const at = Date.now();
    this.store.addChat({ ...peer, message, at });
    const told = { type: "chat", ...nameOf(peer), message, timestamp: new Date(at).toISOString() };
    this.tellOthers(peer, told);
    // Who said it sees it in its place too.
    this.tell(peer.peerId, told);
  }

  private tellOthers(peer: Peer, message: object): void {
    const text = JSON.stringify(message);
    for (const one of this.store.peers()) {
      if (!one.hasJoined || one.peerId === peer.peerId) continue;
      if (one.dueAt === null) this.tell(one.peerId, text);
      else this.store.hold(one.peerId, text);
    }
  }

  private tell(peerId: string, message: object | string): void {
    const text = typeof message === "string" ? message : JSON.stringify(message);
    for (const socket of this.ctx.getWebSockets(peerId)) send(socket, text);
  }

  /** Its socket is gone: it has a while to come back. */
  private async lose(socket: WebSocket, since = Date.now()): Promise<void> {
    const attachment = attachmentSchema.safeParse(socket.deserializeAttachment()).data;
    if (!attachment) return;
    socket.serializeAttachment(null);
    const peer = this.store.peer(attachment.peerId);
    if (peer?.dueAt !== null) return;
    this.store.setDue(attachment.peerId, since + GRACE_MS);
    await this.plan();
  }

  /** Takes somebody out of the room. Who has joined is told to the others. */
  private drop(peer: Peer, reason: LeaveReason, code: number): void {
    for (const socket of this.ctx.getWebSockets(peer.peerId)) {
      socket.serializeAttachment(null);
      close(socket, code, reason);
    }
    this.store.remove(peer.peerId);
    if (peer.hasJoined) this.tellOthers(peer, { type: "user-left", ...nameOf(peer), reason });
  }

  /** The seat is free. False where the database does not answer: then it is tried again. */
  private async writeDown({ userId }: Peer): Promise<boolean> {
    try {
      await this.env.DB.prepare(
        "UPDATE meeting_participants SET left_at = ?3 WHERE meeting_id = ?1 AND user_id = ?2 AND left_at IS NULL",
      )
        .bind(Number(this.store.fact("meeting")), userId, Date.now())
        .run();
      return true;
    } catch (error) {
      log("error", "meeting.leave_failed", errorFields(error));
      return false;
    }
  }

  private peerOf(socket: WebSocket): Peer | undefined {
    const attachment = attachmentSchema.safeParse(socket.deserializeAttachment()).data;
    return attachment && this.store.peer(attachment.peerId);
  }

  /** One alarm for whatever is due next; none where everybody is there and nobody pings. */
  private async plan(): Promise<void> {
    const dues = this.store.peers().flatMap(({ dueAt }) => dueAt ?? []);
    const heard = this.ctx
      .getWebSockets()
      .flatMap((socket) => this.ctx.getWebSocketAutoResponseTimestamp(socket)?.getTime() ?? []);
    // A ping wakes nobody: a client that wants to be missed pings before it joins.
    const next = Math.min(...dues, ...heard.map((at) => at + SILENCE_MS + 1));
    if (Number.isFinite(next)) await this.ctx.storage.setAlarm(Math.max(next, Date.now() + 100));
    else await this.ctx.storage.deleteAlarm();
  }
}

const nameOf = ({ userId, peerId, fullName, isHost }: Peer) => ({
  user_id: userId,
  peer_id: peerId,
  full_name: fullName,
  is_host: isHost,
});

const parse = (data: string): ClientMessage | { readonly error: string } => {
  let value: unknown;
  try {
    value = JSON.parse(data);
  } catch {
    return { error: "the message is not JSON" };
  }
  const parsed = clientMessageSchema.safeParse(value);
  return parsed.success ? parsed.data : { error: issueOf(parsed.error) };
};

const refuse = (socket: WebSocket, code: number, error: string): void =>
  send(socket, JSON.stringify({ type: "error", code, error }));

/** A socket that is going away harms nobody else. */
const send = (socket: WebSocket, text: string): void => {
  try {
    socket.send(text);
  } catch {
    close(socket, CLOSE.left, "");
  }
};

const close = (socket: WebSocket, code: number, reason: string): void => {
  try {
    socket.close(code, reason);
  } catch {
    // gone already
  }
};
