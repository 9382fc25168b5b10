import { DurableObject } from "cloudflare:workers";
import {
  type Admission,
  type Admitted,
  ARRIVAL_MS,
  CLOSE,
  type ClientMessage,
  type Departure,
  GRACE_MS,
  type LeaveReason,
  MAX_MESSAGE_BYTES,
  type Notice,
  SILENCE_MS,
} from "../src/core/meetings/protocol.ts";
import { DAY_MS } from "../src/lib/clock.ts";
import { randomToken } from "../src/lib/ids.ts";
import type { Env } from "../src/platform/bindings.ts";
import { FloodGate } from "./support/flood-gate.ts";
import { isTooLong, nameOf, parseMessage } from "./support/room-messages.ts";
import { RoomSeats } from "./support/room-seats.ts";
import { close, RoomSockets, refuse, send } from "./support/room-sockets.ts";
import { type Peer, RoomStore } from "./support/room-store.ts";
import { RoomTalk } from "./support/room-talk.ts";

const TOO_LONG = 1_009;
/** How long a room that ended knows that it did: longer than any join is under way. */
const GRAVE_MS = DAY_MS;
const ENDED = "ended";
const KICKED = "kicked:";
const kickedFact = (userId: number): string => `${KICKED}${userId}`;
/** The latest of somebody's visits that was let in, or is over. */
const visitFact = (userId: number): string => `visit:${userId}`;
/** Since when nobody is in it, ms UTC. */
const EMPTY_SINCE = "empty_since";
/** How long a room nobody is in keeps what was said: who meets in it next week need not read it. */
const MEMORY_MS = DAY_MS;
/** How soon a room that lost somebody it could not write down tries again. */
const RETRY_MS = 5_000;
/** What the others are told of a departure, and the code its socket closes with. */
const GONE: Record<Departure["reason"], [LeaveReason, number]> = {
  left: ["left", CLOSE.left],
  kicked: ["kicked", CLOSE.kicked],
  signed_out: ["left", CLOSE.unauthorized],
};
/** What the others know a peer by: made here, so that it says nothing of what opens its socket. */
const newPeerId = (): string => `peer_${randomToken()}`;

/**
 * A meeting's room: passes signaling messages between its peers, one object a meeting. Sockets hibernate; who is in the room,
 * what is held for somebody about to come back and what was said is written down, so that an eviction loses nothing.
 */
export class MeetingRoom extends DurableObject<Env> {
  private readonly store = new RoomStore(this.ctx.storage);
  private readonly sockets = new RoomSockets(this.ctx);
  private readonly seats = new RoomSeats(this.env.DB);
  private readonly talk = new RoomTalk(this.store, this.sockets);
  private readonly flood = new FloodGate();

  /** Lets somebody in: the capability opens the socket. Who was in already with another one is replaced. */
  async admit(meetingId: number, admission: Admission): Promise<Admitted> {
    this.store.open();
    // It may have ended, or they been sent away, since their seat was taken.
    if (this.store.fact(ENDED) !== undefined) return "ended";
    if (this.store.fact(kickedFact(admission.userId)) !== undefined) return "kicked";
    if (this.latestVisit(admission.userId) >= admission.visit) return "superseded";
    this.store.setFact("meeting", String(meetingId));
    this.store.setFact(visitFact(admission.userId), String(admission.visit));
    this.store.dropFact(EMPTY_SINCE);
    const before = this.store.peerOfUser(admission.userId);
    if (before) this.drop(before, "rejoined", CLOSE.replaced);
    this.store.admit(admission, newPeerId(), Date.now() + ARRIVAL_MS);
    await this.plan();
    return "admitted";
  }

  /** Somebody left, or was sent away. Who has joined again since they left stays. */
  async dismiss(userId: number, departure: Departure): Promise<void> {
    this.store.open();
    const { reason } = departure;
    const peer = this.store.peerOfUser(userId);
    if (reason === "kicked") {
      this.store.setFact(kickedFact(userId), "1");
      if (peer) this.talk.tell(peer.peerId, { type: "kicked", user_id: userId });
    } else {
      if (this.latestVisit(userId) > departure.visit) return;
      // The join of that visit may be on its way still.
      this.store.setFact(visitFact(userId), String(departure.visit));
    }
    if (peer) this.drop(peer, ...GONE[reason]);
    await this.plan();
  }

  /** Tells everybody in it of what happened beside it. */
  announce(notice: Notice): void {
    if (this.store.isOpen) this.talk.tellAll(notice);
  }

  /** The meeting is over for everybody. */
  async end(): Promise<void> {
    for (const socket of this.sockets.all()) {
      send(socket, JSON.stringify({ type: "meeting-ended" }));
      close(socket, CLOSE.ended, "the meeting has ended");
    }
    this.store.open();
    this.store.clear();
    this.store.setFact(ENDED, "1");
    await this.ctx.storage.setAlarm(Date.now() + GRAVE_MS);
  }

  /** How the people who are in it have set themselves up. */
  peers(): { userId: number; peerId: string; isHandRaised: boolean; isConnected: boolean }[] {
    if (!this.store.isOpen) return [];
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
    const find = () => this.peerOfTriple(searchParams.get("peer_id") ?? "", searchParams.get("user_id"));
    const found = find();
    // The row is asked as well: the room may not have heard yet that the account's session has ended.
    const isSeated = found !== undefined && (await this.seats.isTaken(this.meetingId, found.stay));
    // Looked up again: the room may have changed while the database answered.
    const peer = isSeated ? find() : undefined;
    const { 0: client, 1: server } = new WebSocketPair();
    if (isSeated === undefined || !peer) {
      server.accept();
      if (isSeated === undefined) server.close(CLOSE.tryAgain, "come back");
      else {
        send(server, JSON.stringify({ type: "error", code: 401, error: "join the meeting first" }));
        server.close(CLOSE.unauthorized, "join the meeting first");
      }
      return new Response(null, { status: 101, webSocket: client });
    }
    // The same peer from a new connection: the old one is a ghost.
    for (const socket of this.sockets.of(peer.peerId)) {
      this.sockets.disown(socket);
      close(socket, CLOSE.replaced, "opened again");
    }
    this.sockets.accept(server, peer.peerId);
    this.ctx.setWebSocketAutoResponse(new WebSocketRequestResponsePair("ping", "pong"));
    this.store.setDue(peer.peerId, null);
    for (const message of this.store.takeHeld(peer.peerId)) send(server, message);
    await this.plan();
    return new Response(null, { status: 101, webSocket: client });
  }

  override webSocketMessage(socket: WebSocket, data: string | ArrayBuffer): void | Promise<void> {
    const peer = this.peerOf(socket);
    if (!peer) return close(socket, CLOSE.unauthorized, "join the meeting first");
    if (!this.flood.pass(socket, Date.now())) return refuse(socket, 429, "too many messages: slow down");
    if (typeof data !== "string") return refuse(socket, 400, "messages are text");
    if (isTooLong(data)) return refuse(socket, TOO_LONG, `a message has at most ${MAX_MESSAGE_BYTES} bytes`);
    const message = parseMessage(data);
    if ("error" in message) return refuse(socket, 400, message.error);
    return this.take(socket, peer, message);
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
    if (!this.store.isOpen) return;
    if (this.store.fact(ENDED) !== undefined) return this.store.forget();
    for (const socket of this.sockets.living()) {
      const heard = this.sockets.heardAt(socket);
      // Only who has ever pinged is expected to.
      if (heard === undefined || now - heard <= SILENCE_MS) continue;
      close(socket, CLOSE.silent, "nothing was heard");
      await this.lose(socket, now - GRACE_MS);
    }
    // Looked at anew each time: while one is written down others come back.
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
      // A ping wakes nobody: whether they ping is looked at once they have had the time to.
      return hasJoined ? this.plan(Date.now() + SILENCE_MS) : undefined;
    }
    if (!peer.hasJoined) return refuse(socket, 400, "send join first");
    if ("user_id" in message && message.user_id !== undefined && message.user_id !== peer.userId)
      return refuse(socket, 403, "user_id is not yours");
    return message.type === "leave" ? this.leave(peer) : this.talk.take(socket, peer, message);
  }

  private async leave(peer: Peer): Promise<void> {
    await this.depart(peer, "left");
    await this.plan();
  }

  /** Out of the room once that is written down. Until then nobody comes back as this peer: they join again. */
  private async depart({ peerId, stay }: Peer, reason: LeaveReason): Promise<void> {
    this.store.setLeaving(peerId);
    // Also where it breaks off here, somebody looks at it again.
    this.store.setDue(peerId, Date.now() + RETRY_MS);
    if (!(await this.seats.free(this.meetingId, stay))) return;
    const peer = this.store.peer(peerId);
    if (peer) this.drop(peer, reason, CLOSE.left);
  }

  /** Its socket is gone: it has a while to come back. */
  private async lose(socket: WebSocket, since = Date.now()): Promise<void> {
    const peer = this.peerOf(socket);
    this.sockets.disown(socket);
    if (peer?.dueAt !== null) return;
    this.store.setDue(peer.peerId, since + GRACE_MS);
    await this.plan();
  }

  /** Takes somebody out of the room. Who has joined is told to the others. */
  private drop(peer: Peer, reason: LeaveReason, code: number): void {
    for (const socket of this.sockets.of(peer.peerId)) {
      this.sockets.disown(socket);
      close(socket, code, reason);
    }
    this.store.remove(peer.peerId);
    if (peer.hasJoined) this.talk.tellOthers(peer, { type: "user-left", ...nameOf(peer), reason });
  }

  /** The peer that may open a socket with these two of the triple. */
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

  /** When a room that nobody is in forgets what was said; undefined where somebody is. */
  private forgetsAt(peers: readonly Peer[]): number | undefined {
    if (peers.length > 0) return undefined;
    const known = this.store.fact(EMPTY_SINCE);
    const since = known ?? String(Date.now());
    if (known === undefined) this.store.setFact(EMPTY_SINCE, since);
    return Number(since) + MEMORY_MS;
  }

  /** One alarm for whatever is due next; none where everybody is there and nobody pings. */
  private async plan(lookAt?: number): Promise<void> {
    // It may have ended while somebody's leaving was being written down: its one alarm is the one that forgets it.
    if (this.store.fact(ENDED) !== undefined) return;
    const peers = this.store.peers();
    const dues = peers.flatMap(({ dueAt }) => dueAt ?? []);
    const heard = this.sockets.living().flatMap((socket) => this.sockets.heardAt(socket) ?? []);
    const next = Math.min(
      lookAt ?? Infinity,
      this.forgetsAt(peers) ?? Infinity,
      ...dues,
      ...heard.map((at) => at + SILENCE_MS + 1),
    );
    if (Number.isFinite(next)) await this.ctx.storage.setAlarm(Math.max(next, Date.now() + 100));
    else await this.ctx.storage.deleteAlarm();
  }
}
