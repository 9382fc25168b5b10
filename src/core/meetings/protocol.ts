import { z } from "zod";

/** The largest message of a socket, in bytes of UTF-8. */
export const MAX_MESSAGE_BYTES = 64 * 1_024;
export const MAX_CHAT_CHARACTERS = 4_000;
/** What latecomers are told of what was said. */
export const CHAT_HISTORY = 100;
/** How long a dropped socket may take to come back before the others hear of it. */
export const GRACE_MS = 15_000;
/** How long somebody who pings may be silent. */
export const SILENCE_MS = 20_000;
/** How long somebody who was let in may take to open the socket. */
export const ARRIVAL_MS = 120_000;

/** Close codes of the signaling socket. */
export const CLOSE = {
  unauthorized: 4_401,
  kicked: 4_403,
  /** Opened again somewhere else, or joined again. */
  replaced: 4_409,
  ended: 4_410,
  left: 1_000,
  silent: 4_408,
  /** The room could not look up the seat: the same triple opens the socket a moment later. */
  tryAgain: 1_013,
} as const;

const peerId = z.string().min(1).max(64);
/** Browsers give an object, other clients the text of it. */
const description = z.union([
  z.string().max(MAX_MESSAGE_BYTES),
  z.looseObject({ type: z.string().max(16), sdp: z.string().max(MAX_MESSAGE_BYTES).optional() }),
]);
const candidate = z.union([z.string().max(4_096), z.looseObject({}), z.null()]);
const id = z.int();

/** Who is addressed and who speaks, in each of the three messages of a connection. */
const between = { from_peer_id: peerId, to_peer_id: peerId };

export const mediaStateSchema = z.object({ audio: z.boolean(), video: z.boolean(), screen: z.boolean() });
export type MediaState = z.output<typeof mediaStateSchema>;

/** What a client may say. Further fields are ignored. */
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

/** Somebody the meeting let in. */
export interface Admission {
  /** Unguessable, and told to nobody else: it opens the socket, together with meeting and user. */
  readonly capability: string;
  readonly userId: number;
  readonly fullName: string;
  readonly isHost: boolean;
  /** Which of their stays it is: what is written down of one says nothing of the next. */
  readonly stay: string;
  /** How many times they have joined, this one included: of two at once the later one holds, whichever comes first. */
  readonly visit: number;
}

/** What became of an admission: the room knows of an end, a dismissal or a later join that happened meanwhile. */
export type Admitted = "admitted" | "ended" | "kicked" | "superseded";

/** A peer goes: from the visit it made and any before it (it left, or its session ended), or for good. */
export type Departure =
  | { readonly reason: "left" | "signed_out"; readonly visit: number }
  | { readonly reason: "kicked" };

/** Guests are nobody outside of their meeting, and numbered below zero, where no account is. */
export const isGuest = (userId: number): boolean => userId < 0;

/** What everybody in a room is told of that happened beside it, as it is sent. */
export type Notice =
  | {
      readonly type: "file-shared";
      readonly file_id: number;
      readonly file_name: string;
      /** Bytes. */
      readonly file_size: number;
      readonly file_type: string;
      readonly user_id: number;
    }
  | { readonly type: "file-removed"; readonly file_id: number };

/** Why somebody is no longer there. */
export type LeaveReason = "left" | "disconnected" | "kicked" | "rejoined" | "ended";
