import { z } from "zod";
import {
  type ClientMessage,
  clientMessageSchema,
  isGuest,
  MAX_MESSAGE_BYTES,
  type PeerFields,
} from "../../src/products/meeting/domain/meetings/protocol.ts";
import type { Peer } from "./store.ts";

/** A UTF-16 unit takes at most 3 bytes of UTF-8, so a short text needs no encoding to be measured. */
const BYTES_A_UNIT = 3;
/**
 * Compiled at the start of the Worker, the only time at which code generation is allowed. An interpreted schema takes
 * a fifth of the cost of relaying a message.
 */
const messageSchema = z.compile(clientMessageSchema);

const issueOf = (error: z.ZodError): string => {
  const [issue] = error.issues;
  return issue ? `${issue.path.join(".") || "message"}: ${issue.message}` : "the message is not valid";
};

/** Returns the fields that identify a peer in messages to the others. */
export const peerFields = ({ userId, peerId, fullName, isHost }: Peer): PeerFields => ({
  user_id: userId,
  peer_id: peerId,
  full_name: fullName,
  is_host: isHost,
  // Guests choose their names freely, so clients must be able to mark them.
  is_guest: isGuest(userId),
});

export const isTooLong = (data: string): boolean =>
  data.length > MAX_MESSAGE_BYTES ||
  (data.length * BYTES_A_UNIT > MAX_MESSAGE_BYTES &&
    new TextEncoder().encode(data).length > MAX_MESSAGE_BYTES);

/** Parses a message of a client. Returns the message or the reason why it is invalid. */
export const parseMessage = (data: string): ClientMessage | { readonly error: string } => {
  let value: unknown;
  try {
    value = JSON.parse(data);
  } catch {
    return { error: "the message is not JSON" };
  }
  const parsed = messageSchema.safeParse(value);
  return parsed.success ? parsed.data : { error: issueOf(parsed.error) };
};
