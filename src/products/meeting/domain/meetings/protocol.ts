import { z } from "zod";
import { type FILE_KINDS, MAX_CHAT_CHARACTERS } from "../facts.ts";

export { CLOSE, PING_TIMEOUT_MS } from "../facts.ts";

/** The largest message of a socket, in bytes of UTF-8. */
export const MAX_MESSAGE_BYTES = 64 * 1_024;
/** The number of last chat messages that a room keeps and sends to a joining peer. */
export const MAX_CHAT_HISTORY = 100;
/** How long a peer may take to reconnect before the others receive its `user-left`. */
export const RECONNECT_GRACE_MS = 15_000;
/** How long an admitted user may take to open the socket. */
export const CONNECT_TIMEOUT_MS = 120_000;

const peerId = z.string().min(1).max(64);
/** A session description: browsers send an object, other clients send the SDP text. */
const description = z.union([
  z.string().max(MAX_MESSAGE_BYTES),
  z.looseObject({ type: z.string().max(16), sdp: z.string().max(MAX_MESSAGE_BYTES).optional() }),
]);
const candidate = z.union([z.string().max(4_096), z.looseObject({}), z.null()]);
const id = z.int();

/** The sender and the receiver of an `offer`, `answer` or `ice-candidate`. */
const between = { from_peer_id: peerId, to_peer_id: peerId };

export const mediaStateSchema = z.object({ audio: z.boolean(), video: z.boolean(), screen: z.boolean() });
export type MediaState = z.output<typeof mediaStateSchema>;

/** The messages that a client may send. Unknown fields are ignored. */
export const clientMessageSchema = z.discriminatedUnion("type", [
  z.object({ type: z.literal("join"), meeting_id: id, user_id: id, peer_id: peerId }),
  z.object({ type: z.literal("offer"), ...between, sdp: description }),
  z.object({ type: z.literal("answer"), ...between, sdp: description }),
  z.object({ type: z.literal("ice-candidate"), ...between, candidate }),
  z.object({
    type: z.literal("chat"),
    meeting_id: id.optional(),
    user_id: id.optional(),
    message: z.string().trim().min(1).max(MAX_CHAT_CHARACTERS),
  }),
  z.object({ type: z.literal("media-state"), user_id: id.optional(), ...mediaStateSchema.partial().shape }),
  z.object({ type: z.literal("raise-hand"), user_id: id.optional(), raised: z.boolean() }),
  z.object({ type: z.literal("leave") }),
  z.object({ type: z.literal("ping") }),
]);

export type ClientMessage = z.output<typeof clientMessageSchema>;

/** A user whom the meeting admits to its room. */
export interface Admission {
  /** A secret that the room sends to no other peer. It opens the socket, together with the meeting and user ids. */
  readonly capability: string;
  readonly userId: number;
  readonly fullName: string;
  readonly isHost: boolean;
  /**
   * The presence session: a random id per join, so that freeing the seat of one join never frees that of the next.
   */
  readonly stay: string;
  /**
   * The fencing epoch: how many times the user has joined this meeting, this join included. Of two concurrent joins
   * the one with the higher epoch wins, whichever reaches the room first.
   */
  readonly visit: number;
}

/** The result of an admission. The room refuses it after the end, a removal, a later join or a leave of that join. */
export type Admitted = "admitted" | "ended" | "kicked" | "superseded";

/**
 * Why a peer is removed. `left` and `signed_out` end the join with the epoch `visit` and all earlier joins; `kicked`
 * bars the user for good.
 */
export type Departure =
  | { readonly reason: "left" | "signed_out"; readonly visit: number }
  | { readonly reason: "kicked" };

/**
 * Returns whether the user is a guest. Guests have no account; their ids are below zero and valid in one meeting
 * only.
 */
export const isGuest = (userId: number): boolean => userId < 0;

/** A message to all peers of a room about a change made outside the room, in its wire format. */
export type Notice =
  | {
      readonly type: "file-shared";
      readonly file_id: number;
      readonly file_name: string;
      /** Bytes. */
      readonly file_size: number;
      readonly file_type: (typeof FILE_KINDS)[number];
      readonly user_id: number;
    }
  | { readonly type: "file-removed"; readonly file_id: number };

/** Why a peer left the room, in its wire format. */
export type LeaveReason = "left" | "disconnected" | "kicked" | "rejoined" | "ended";

/** The fields that identify a peer in messages to the others. */
export interface PeerFields {
  readonly user_id: number;
  /** The public id of the peer, not the secret one that opens the socket. */
  readonly peer_id: string;
  readonly full_name: string;
  readonly is_host: boolean;
  /** Guests choose their names freely, so clients must be able to mark them. */
  readonly is_guest: boolean;
}

/** A peer in the list that a joining client receives. */
export type ListedPeer = PeerFields & MediaState & { readonly hand_raised: boolean };

/** A message of the chat in its wire format. */
export interface ChatMessage extends Omit<PeerFields, "is_host"> {
  readonly message: string;
  readonly timestamp: string;
}

type RelayedMessage = Extract<ClientMessage, { type: "offer" | "answer" | "ice-candidate" }> & {
  readonly user_id: number;
};

/** The messages that the room sends. */
export type RoomMessage =
  | {
      readonly type: "joined";
      readonly meeting_id: number;
      readonly peer_id: string;
      readonly peers: readonly ListedPeer[];
      readonly chat: readonly ChatMessage[];
    }
  | ({ readonly type: "user-joined" } & PeerFields)
  | ({ readonly type: "user-left"; readonly reason: LeaveReason } & PeerFields)
  | ({ readonly type: "media-state" } & PeerFields & MediaState)
  | ({ readonly type: "raise-hand"; readonly raised: boolean } & PeerFields)
  | ({ readonly type: "chat" } & ChatMessage)
  | { readonly type: "kicked"; readonly user_id: number }
  | { readonly type: "meeting-ended" }
  | { readonly type: "error"; readonly code: number; readonly error: string }
  | RelayedMessage
  | Notice;
