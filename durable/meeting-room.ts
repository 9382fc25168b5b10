import { DurableObject } from "cloudflare:workers";
import { DAY_MS } from "../src/lib/clock.ts";
import { randomToken } from "../src/lib/ids.ts";
import {
  type Admission,
  type Admitted,
  CLOSE,
  type ClientMessage,
  CONNECT_TIMEOUT_MS,
  type Departure,
  type LeaveReason,
  MAX_MESSAGE_BYTES,
  type Notice,
  PING_TIMEOUT_MS,
  RECONNECT_GRACE_MS,
} from "../src/products/meeting/domain/meetings/protocol.ts";
import { MessageRateLimiter } from "./meeting-room/message-rate-limiter.ts";
import { isTooLong, parseMessage, peerFields } from "./meeting-room/messages.ts";
import { RoomMessaging } from "./meeting-room/messaging.ts";
import { RoomSeats } from "./meeting-room/seats.ts";
import { close, RoomSockets, refuse, send } from "./meeting-room/sockets.ts";
import { type Peer, RoomStore } from "./meeting-room/store.ts";

const TOO_LONG = 1_009;
/** How long an ended room keeps its tombstone. It must be longer than any join that is still in progress. */
const TOMBSTONE_TTL_MS = DAY_MS;
const ENDED = "ended";
const KICKED = "kicked:";
const kickedFact = (userId: number): string => `${KICKED}${userId}`;
/**
 * Name of the fact that holds the highest fencing epoch (`Admission.visit`) of a user that was admitted or dismissed.
 */
const visitFact = (userId: number): string => `visit:${userId}`;
/** Name of the fact that holds the time since which the room is empty, ms UTC. */
const EMPTY_SINCE = "empty_since";
/** How long an empty room keeps its chat. People who meet in the same room a week later should not read it. */
const MEMORY_MS = DAY_MS;
/** The delay before the room tries again to free the seat of a peer, after the database did not answer. */
const RETRY_MS = 5_000;
/** For each departure: the reason sent to the other peers, and the close code of the peer's socket. */
const GONE: Record<Departure["reason"], [LeaveReason, number]> = {
  left: ["left", CLOSE.left],
  kicked: ["kicked", CLOSE.kicked],
  signed_out: ["left", CLOSE.unauthorized],
};
/** Returns a new public peer id. It is independent of the capability, so it reveals nothing that opens a socket. */
const newPeerId = (): string => `peer_${randomToken()}`;

/** The bindings that the class uses. */
interface MeetingRoomEnv {
  readonly DB: D1Database;
}

/**
 * The room of one meeting: it relays signaling messages between the peers. There is one object per meeting. Sockets
 * hibernate. The peers, the messages held for disconnected peers and the chat are in storage, so an eviction loses
 * nothing.
 */
export class MeetingRoom extends DurableObject<MeetingRoomEnv> {
  private readonly store = new RoomStore(this.ctx.storage);
  private readonly sockets = new RoomSockets(this.ctx);
  private readonly seats = new RoomSeats(this.env.DB);
  private readonly talk = new RoomMessaging(this.store, this.sockets);
  private readonly flood = new MessageRateLimiter();

  /** Admits a user; the capability then opens the socket. Replaces an earlier peer of the same user. */
  async admit(meetingId: number, admission: Admission): Promise<Admitted> {
    this.store.open();
    // Since the seat was taken, the meeting may have ended, or the host may have removed the user.
    if (this.store.fact(ENDED) !== undefined) return "ended";
    if (this.store.fact(kickedFact(admission.userId)) !== undefined) return "kicked";
    if (this.latestVisit(admission.userId) >= admission.visit) return "superseded";
    this.store.setFact("meeting", String(meetingId));
    this.store.setFact(visitFact(admission.userId), String(admission.visit));
    this.store.dropFact(EMPTY_SINCE);
    const before = this.store.peerOfUser(admission.userId);
    if (before) this.drop(before, "rejoined", CLOSE.replaced);
    this.store.admit(admission, newPeerId(), Date.now() + CONNECT_TIMEOUT_MS);
    await this.plan();
    return "admitted";
  }

  /** Removes a user who left, signed out or was kicked. A user who joined again after leaving stays in the room. */
  async dismiss(userId: number, departure: Departure): Promise<void> {
    this.store.open();
    const { reason } = departure;
    const peer = this.store.peerOfUser(userId);
    if (reason === "kicked") {
      this.store.setFact(kickedFact(userId), "1");
      if (peer) this.talk.send(peer.peerId, { type: "kicked", user_id: userId });
    } else {
      if (this.latestVisit(userId) > departure.visit) return;
      // The join with this epoch may still be on its way; the stored epoch makes `admit` reject it.
      this.store.setFact(visitFact(userId), String(departure.visit));
    }
    if (peer) this.drop(peer, ...GONE[reason]);
    await this.plan();
  }

  /** Sends all joined peers a notice of a change made outside the room (a file that was shared or removed). */
  announce(notice: Notice): void {
    if (this.store.isOpen) this.talk.publish(notice);
  }

  /** Ends the meeting: closes all sockets, deletes the room's data and leaves a tombstone. */
  async end(): Promise<void> {
    for (const socket of this.sockets.all()) {
      send(socket, JSON.stringify({ type: "meeting-ended" }));
      close(socket, CLOSE.ended, "the meeting has ended");
    }
    this.store.open();
    this.store.clear();
    this.store.setFact(ENDED, "1");
    await this.ctx.storage.setAlarm(Date.now() + TOMBSTONE_TTL_MS);
  }

  /** Returns the peers in the room with their raised hands and connection states. */
  peers(): { userId: number; peerId: string; isHandRaised: boolean; isConnected: boolean }[] {
    if (!this.store.isOpen) return [];
    return this.store.peers().map(({ userId, peerId, isHandRaised, dueAt }) => ({
      userId,
      peerId,
      isHandRaised,
      isConnected: dueAt === null,
    }));
  }

  /** Opens a socket for the meeting_id, user_id and peer_id (the capability) that the join response contained. */
  override async fetch(request: Request): Promise<Response> {
    if (request.headers.get("upgrade")?.toLowerCase() !== "websocket")
      return new Response("expected a WebSocket upgrade", { status: 426, headers: { upgrade: "websocket" } });
    const { searchParams } = new URL(request.url);
    const find = () => this.peerOfTriple(searchParams.get("peer_id") ?? "", searchParams.get("user_id"));
    const found = find();
    // The seat's row is checked too: the signal that the account's session has ended may not have reached the room
    // yet.
    const isSeated = found !== undefined && (await this.seats.isTaken(this.meetingId, found.stay));
    // The peer is looked up again: the room may have changed during the database query.
    const peer = isSeated ? find() : undefined;
    const { 0: client, 1: server } = new WebSocketPair();
    if (isSeated === undefined || !peer) {
      server.accept();
      if (isSeated === undefined) server.close(CLOSE.tryAgain, "the seat could not be checked: try again");
      else {
        send(server, JSON.stringify({ type: "error", code: 401, error: "join the meeting first" }));
        server.close(CLOSE.unauthorized, "join the meeting first");
      }
      return new Response(null, { status: 101, webSocket: client });
    }
    // The same peer opened a new connection, so its earlier sockets are stale.
    for (const socket of this.sockets.of(peer.peerId)) {
      this.sockets.disown(socket);
      close(socket, CLOSE.replaced, "replaced by a newer connection");
    }
    this.sockets.accept(server, peer.peerId);
    this.ctx.setWebSocketAutoResponse(new WebSocketRequestResponsePair("ping", "pong"));
    this.store.setDue(peer.peerId, null);
    for (const message of this.store.drainHeld(peer.peerId)) send(server, message);
    await this.plan();
    return new Response(null, { status: 101, webSocket: client });
  }

  override webSocketMessage(socket: WebSocket, data: string | ArrayBuffer): void | Promise<void> {
    const peer = this.peerOf(socket);
    if (!peer) return close(socket, CLOSE.unauthorized, "join the meeting first");
    if (!this.flood.tryConsume(socket, Date.now()))
      return refuse(socket, 429, "too many messages: slow down");
    if (typeof data !== "string") return refuse(socket, 400, "messages must be text, not binary");
    if (isTooLong(data))
      return refuse(socket, TOO_LONG, `a message may have at most ${MAX_MESSAGE_BYTES} bytes`);
    const message = parseMessage(data);
    if ("error" in message) return refuse(socket, 400, message.error);
    return this.take(socket, peer, message);
  }

  override async webSocketClose(socket: WebSocket, code: number): Promise<void> {
    // 1005 and 1006 mean that there was no close code; RFC 6455 (7.4.1) does not allow sending them.
    close(socket, code === 1_005 || code === 1_006 ? 1_000 : code, "");
    await this.lose(socket);
  }

  override async webSocketError(socket: WebSocket): Promise<void> {
    await this.lose(socket);
  }

  override async alarm(): Promise<void> {
    const now = Date.now();
    if (!this.store.isOpen) return;
    if (this.store.fact(ENDED) !== undefined) return this.store.forget();
    for (const socket of this.sockets.active()) {
      const heard = this.sockets.lastPingAt(socket);
      // Only a client that has pinged before is expected to keep pinging.
      if (heard === undefined || now - heard <= PING_TIMEOUT_MS) continue;
      close(socket, CLOSE.silent, `no ping for ${PING_TIMEOUT_MS / 1_000} s`);
      await this.lose(socket, now - RECONNECT_GRACE_MS);
    }
    // The peers are read again for each departure: others may reconnect while the database update is awaited.
    for (;;) {
      const due = this.store.peers().find(({ dueAt }) => dueAt !== null && dueAt <= now);
      if (!due) break;
      await this.depart(due, "disconnected");
    }
    const emptySince = this.store.fact(EMPTY_SINCE);
    if (emptySince !== undefined && Number(emptySince) + MEMORY_MS <= now)
      return this.store.clearAllBut(KICKED);
    await this.plan();
  }

  private take(socket: WebSocket, peer: Peer, message: ClientMessage): void | Promise<void> {
    if (message.type === "ping") return send(socket, '{"type":"pong"}');
    if (message.type === "join") {
      const hasJoined = this.talk.join(socket, peer, message);
      // Pings are answered without waking this object, so an alarm checks after SILENCE_MS whether this client pings.
      return hasJoined ? this.plan(Date.now() + PING_TIMEOUT_MS) : undefined;
    }
    if (!peer.hasJoined) return refuse(socket, 400, "send join first");
    if ("user_id" in message && message.user_id !== undefined && message.user_id !== peer.userId)
      return refuse(socket, 403, "user_id is not yours");
    return message.type === "leave" ? this.leave(peer) : this.talk.handle(socket, peer, message);
  }

  private async leave(peer: Peer): Promise<void> {
    await this.depart(peer, "left");
    await this.plan();
  }

  /**
   * Frees the seat of a peer, then removes the peer. From the start no socket opens as this peer; its user must join
   * again.
   */
  private async depart({ peerId, stay }: Peer, reason: LeaveReason): Promise<void> {
    this.store.setLeaving(peerId);
    // If this object stops here or the database does not answer, the alarm retries.
    this.store.setDue(peerId, Date.now() + RETRY_MS);
    if (!(await this.seats.free(this.meetingId, stay))) return;
    const peer = this.store.peer(peerId);
    if (peer) this.drop(peer, reason, CLOSE.left);
  }

  /** Handles a lost socket: the peer has GRACE_MS, counted from `since`, to reconnect. */
  private async lose(socket: WebSocket, since = Date.now()): Promise<void> {
    const peer = this.peerOf(socket);
    this.sockets.disown(socket);
    if (peer?.dueAt !== null) return;
    this.store.setDue(peer.peerId, since + RECONNECT_GRACE_MS);
    await this.plan();
  }

  /** Removes a peer and closes its sockets. Sends `user-left` to the others if the peer had joined. */
  private drop(peer: Peer, reason: LeaveReason, code: number): void {
    for (const socket of this.sockets.of(peer.peerId)) {
      this.sockets.disown(socket);
      close(socket, code, reason);
    }
    this.store.remove(peer.peerId);
    if (peer.hasJoined) this.talk.publishToOthers(peer, { type: "user-left", ...peerFields(peer), reason });
  }

  /** Returns the peer that may open a socket with this capability and user id. */
  private peerOfTriple(capability: string, userId: string | null): Peer | undefined {
    const peer = this.store.isOpen ? this.store.peerWith(capability) : undefined;
    return peer && !peer.isLeaving && String(peer.userId) === userId ? peer : undefined;
  }

  private peerOf(socket: WebSocket): Peer | undefined {
    const peerId = this.sockets.ownerOf(socket);
    return peerId === undefined ? undefined : this.store.peer(peerId);
  }

  private get meetingId(): number {
    return Number(this.store.fact("meeting"));
  }

  private latestVisit(userId: number): number {
    return Number(this.store.fact(visitFact(userId)) ?? 0);
  }

  /** Returns the time at which an empty room deletes its chat, ms UTC; undefined while there are peers. */
  private forgetsAt(peers: readonly Peer[]): number | undefined {
    if (peers.length > 0) return undefined;
    const known = this.store.fact(EMPTY_SINCE);
    const since = known ?? String(Date.now());
    if (known === undefined) this.store.setFact(EMPTY_SINCE, since);
    return Number(since) + MEMORY_MS;
  }

  /**
   * Sets the alarm to the next due time. Deletes it if nothing is due: all peers are connected and no client pings.
   */
  private async plan(lookAt?: number): Promise<void> {
    // The meeting may have ended during a database update. Its alarm deletes the tombstone and must not be replaced.
    if (this.store.fact(ENDED) !== undefined) return;
    const peers = this.store.peers();
    const dues = peers.flatMap(({ dueAt }) => dueAt ?? []);
    const heard = this.sockets.active().flatMap((socket) => this.sockets.lastPingAt(socket) ?? []);
    const next = Math.min(
      lookAt ?? Infinity,
      this.forgetsAt(peers) ?? Infinity,
      ...dues,
      ...heard.map((at) => at + PING_TIMEOUT_MS + 1),
    );
    if (Number.isFinite(next)) await this.ctx.storage.setAlarm(Math.max(next, Date.now() + 100));
    else await this.ctx.storage.deleteAlarm();
  }
}
