import {
  type ClientMessage,
  isGuest,
  type RoomMessage,
} from "../../src/products/meeting/domain/meetings/protocol.ts";
import { peerFields } from "./messages.ts";
import { type RoomSockets, refuse, send } from "./sockets.ts";
import type { Peer, RoomStore } from "./store.ts";

type MessageOf<T extends ClientMessage["type"]> = Extract<ClientMessage, { type: T }>;
/** A message for one peer. */
type Targeted = MessageOf<"offer" | "answer" | "ice-candidate">;

/** Returns whether the id is one of the two a client may use for itself: its capability or its public peer id. */
const isOwnId = ({ capability, peerId }: Peer, id: string): boolean => id === capability || id === peerId;

/**
 * The messages between the peers of a room, and from the room to its peers. Messages identify a peer to the others by
 * its `peerId` only; its `capability` is sent to no other peer.
 */
export class RoomMessaging {
  constructor(
    private readonly store: RoomStore,
    private readonly sockets: RoomSockets,
  ) {}

  /**
   * Sends the joining client the list of peers and the chat, and sends the others one `user-joined`. Returns false if
   * the join was refused.
   */
  join(socket: WebSocket, peer: Peer, { meeting_id, user_id, peer_id }: MessageOf<"join">): boolean {
    const isOfSocket = user_id === peer.userId && isOwnId(peer, peer_id);
    if (String(meeting_id) !== this.store.fact("meeting") || !isOfSocket) {
      refuse(socket, 403, "meeting_id, user_id and peer_id are not those of this socket");
      return false;
    }
    const others = this.store.peers().filter((one) => one.hasJoined && one.peerId !== peer.peerId);
    const joined: RoomMessage = {
      type: "joined",
      meeting_id,
      peer_id: peer.peerId,
      peers: others.map((one) => ({ ...peerFields(one), ...one.media, hand_raised: one.isHandRaised })),
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
      this.publishToOthers(peer, { type: "user-joined", ...peerFields(peer) });
    }
    return true;
  }

  /** Handles a message of a peer that has joined. */
  handle(
    socket: WebSocket,
    peer: Peer,
    message: Exclude<ClientMessage, MessageOf<"join" | "leave" | "ping">>,
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
        this.publishToOthers(peer, { type: "media-state", ...peerFields(peer), ...media });
        break;
      }
      case "raise-hand":
        this.store.setHand(peer.peerId, message.raised);
        this.publishToOthers(peer, { type: "raise-hand", ...peerFields(peer), raised: message.raised });
        break;
      default:
        this.pass(socket, peer, message);
    }
  }

  publishToOthers(peer: Peer, message: RoomMessage): void {
    this.publish(message, peer.peerId);
  }

  /** Sends a message to all joined peers except one. Holds it for disconnected peers. */
  publish(message: RoomMessage, exceptPeerId?: string): void {
    const text = JSON.stringify(message);
    for (const one of this.store.peers()) {
      if (!one.hasJoined || one.peerId === exceptPeerId) continue;
      if (one.dueAt === null) this.send(one.peerId, text);
      else this.store.hold(one.peerId, text);
    }
  }

  send(peerId: string, message: RoomMessage | string): void {
    const text = typeof message === "string" ? message : JSON.stringify(message);
    for (const socket of this.sockets.of(peerId)) send(socket, text);
  }

  /** Relays a message to one peer, in order. Holds it if that peer is disconnected. */
  private pass(socket: WebSocket, peer: Peer, message: Targeted): void {
    if (!isOwnId(peer, message.from_peer_id)) {
      refuse(socket, 403, "from_peer_id is not yours");
      return;
    }
    // Clients written from the API document know only the peer_id of the join response, and exchange it by
    // themselves.
    const target = this.store.peer(message.to_peer_id) ?? this.store.peerWith(message.to_peer_id);
    if (!target?.hasJoined) {
      refuse(socket, 404, `peer ${message.to_peer_id} is not here`);
      return;
    }
    // Clients compare to_peer_id with the peer_id of their join response, which is the capability.
    const [from_peer_id, to_peer_id] = [peer.peerId, target.capability];
    const text = JSON.stringify({ ...message, from_peer_id, to_peer_id, user_id: peer.userId });
    if (target.dueAt === null) this.send(target.peerId, text);
    else if (!this.store.hold(target.peerId, text))
      refuse(socket, 404, `peer ${message.to_peer_id} is disconnected and has too many messages waiting`);
  }

  private say(peer: Peer, message: string): void {
    const at = Date.now();
    this.store.addChat({ ...peer, message, at });
    const chatMessage: RoomMessage = {
      type: "chat",
      ...peerFields(peer),
      message,
      timestamp: new Date(at).toISOString(),
    };
    this.publishToOthers(peer, chatMessage);
    // The sender receives it too, so that its own chat has the same order.
    this.send(peer.peerId, chatMessage);
  }
}
