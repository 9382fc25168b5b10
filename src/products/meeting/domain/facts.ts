/** The limits and close codes of a meeting. This module has no dependency on the server, so a page can import it. */
import { GIB, MIB } from "../../../lib/sizes.ts";

export const MAX_CHAT_CHARACTERS = 4_000;

/** The largest file that is shared in one request. */
export const MAX_FILE_BYTES = 100 * MIB;
/** The size limit of a recording, which arrives as a resumable upload. */
export const MAX_RECORDING_BYTES = 2 * GIB;

export const FILE_KINDS = ["document", "image", "audio", "video", "recording", "other"] as const;

/** The room closes the socket of a client that has sent a ping and then sends no further one for this long. */
export const PING_TIMEOUT_MS = 20_000;

/** Close codes of the signaling socket. */
export const CLOSE = {
  unauthorized: 4_401,
  kicked: 4_403,
  /** A newer socket of the same peer, or a newer join of the same user. */
  replaced: 4_409,
  ended: 4_410,
  left: 1_000,
  silent: 4_408,
  /** The room could not check the seat in the database. The client can connect again with the same parameters. */
  tryAgain: 1_013,
} as const;
