import { type ClientMessage, isGuest } from "../../src/core/meetings/protocol.ts";
import { nameOf } from "./room-messages.ts";
import { type RoomSockets, refuse, send } from "./room-sockets.ts";
import type { Peer, RoomStore } from "./room-store.ts";

type Said<T extends ClientMessage["type"]> = Extract<ClientMessage, { type: T }>;
/** To one peer. */
type Targeted = Said<"offer" | "answer" | "ice-candidate">;

/** A client may call itself by what joining gave it, or by the name the others know. */
const isOwnId = ({ capability, peerId }: Peer, id: string): boolean => id === capability || id === peerId;

/**
 * What peers of a room say to each other, and what the room tells them. Others are told of a peer by its `peerId` only: its
 * `capability` goes to nobody but itself.
 */
export class RoomTalk {
  constructor(
    private readonly store: RoomStore,
    private readonly sockets: RoomSockets,
  ) {}

  /** Who joins is told who is there and what was said; the others hear of it, once. False where it was refused. */
  join(socket: WebSocket, peer: Peer, { meeting_id, user_id, peer_id }: Said<"join">): boolean {
    const isOfSocket = user_id === peer.userId && isOwnId(peer, peer_id);
    if (String(meeting_id) !== this.store.fact("meeting") || !isOfSocket) {
      refuse(socket, 403, "meeting_id, user_id and peer_id are not those of this socket");
      return false;
    }
    const others = this.store.peers().filter((one) => one.hasJoined && one.peerId !== peer.peerId);
    const joined = {
      type: "joined",
      meeting_id,
      peer_id: peer.peerId,
      peers: others.map((one) => ({ ...nameOf(one), ...one.media, hand_raised: one.isHandRaised })),
      chat: this.store.chat().map(({ userId, peerId, fullName, message, at }) => ({
        user_id: userId,
        peer_id: peerId,
        full_name: fullName,
        is_guest: isGuest(userId),
        message,
        timestamp: new Date(at).toISOString(),
      })),
    };
    send(socket, JSON.stringify(joined));
    if (!peer.hasJoined) {
      this.store.setJoined(peer.peerId);
      this.tellOthers(peer, { type: "user-joined", ...nameOf(peer) });
    }
    return true;
  }

  /** Takes what somebody who has joined says. */
  take(
    socket: WebSocket,
    peer: Peer,
    message: Exclude<ClientMessage, Said<"join" | "leave" | "ping">>,
  ): void {
    switch (message.type) {
      case "chat":
        this.say(peer, message.message);
        break;
      case "media-state": {
        const media = {
          audio: message.audio ?? peer.media.audio,
          video: message.video ?? peer.media.video,
          screen: message.screen ?? peer.media.screen,
        };
        this.store.setMedia(peer.peerId, media);
        this.tellOthers(peer, { type: "media-state", ...nameOf(peer), ...media });
        break;
      }
      case "raise-hand":
        this.store.setHand(peer.peerId, message.raised);
        this.tellOthers(peer, { type: "raise-hand", ...nameOf(peer), raised: message.raised });
        break;
      default:
        this.pass(socket, peer, message);
    }
  }

  tellOthers(peer: Peer, message: object): void {
    this.tellAll(message, peer.peerId);
  }

  /** To everybody who has joined but one; it is held for those about to come back. */
  tellAll(message: object, exceptPeerId?: string): void {
    const text = JSON.stringify(message);
    for (const one of this.store.peers()) {
      if (!one.hasJoined || one.peerId === exceptPeerId) continue;
      if (one.dueAt === null) this.tell(one.peerId, text);
      else this.store.hold(one.peerId, text);
    }
  }

  tell(peerId: string, message: object | string): void {
    const text = typeof message === "string" ? message : JSON.stringify(message);
    for (const socket of this.sockets.of(peerId)) send(socket, text);
  }

  /** To one peer, in order. For one that is about to come back it is held. */
  private pass(socket: WebSocket, peer: Peer, message: Targeted): void {
    if (!isOwnId(peer, message.from_peer_id)) {
      refuse(socket, 403, "from_peer_id is not yours");
      return;
    }
    // Clients of the document know only the peer_id that joining gave, and exchange it by themselves.
    const target = this.store.peer(message.to_peer_id) ?? this.store.peerWith(message.to_peer_id);
    if (!target?.hasJoined) {
      refuse(socket, 404, `peer ${message.to_peer_id} is not here`);
      return;
    }
    // Clients compare to_peer_id with the peer_id that joining gave them.
    const [from_peer_id, to_peer_id] = [peer.peerId, target.capability];
    const text = JSON.stringify({ ...message, from_peer_id, to_peer_id, user_id: peer.userId });
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
}
