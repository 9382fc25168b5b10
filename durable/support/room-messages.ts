import { z } from "zod";
import {
  type ClientMessage,
  clientMessageSchema,
  isGuest,
  MAX_MESSAGE_BYTES,
} from "../../src/core/meetings/protocol.ts";
import type { Peer } from "./room-store.ts";

/** No UTF-16 unit takes more bytes of UTF-8: what is shorter than this need not be encoded to be measured. */
const BYTES_A_UNIT = 3;
/** Compiled as the Worker starts, the one time it may: walking the schema for each message is a fifth of what passing it on costs. */
const messageSchema = z.compile(clientMessageSchema);

const issueOf = (error: z.ZodError): string => {
  const [issue] = error.issues;
  return issue ? `${issue.path.join(".") || "message"}: ${issue.message}` : "the message is not valid";
};

/** Somebody, as messages name them. */
export const nameOf = ({ userId, peerId, fullName, isHost }: Peer) => ({
  user_id: userId,
  peer_id: peerId,
  full_name: fullName,
  is_host: isHost,
  // A guest may carry anybody's name.
  is_guest: isGuest(userId),
});

export const isTooLong = (data: string): boolean =>
  data.length > MAX_MESSAGE_BYTES ||
  (data.length * BYTES_A_UNIT > MAX_MESSAGE_BYTES &&
    new TextEncoder().encode(data).length > MAX_MESSAGE_BYTES);

/** A message of a client, or what is wrong with it. */
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
