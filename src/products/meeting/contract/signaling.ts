/** The messages of the signaling socket. */
export type {
  ChatMessage,
  ClientMessage,
  ListedPeer,
  MediaState,
  PeerFields,
  RoomMessage,
} from "../domain/meetings/protocol.ts";
