/** The numbers of the contract. This module has no schema, so that a page's script can import it. */
export { CLOSE, FILE_KINDS, MAX_CHAT_CHARACTERS, PING_TIMEOUT_MS } from "../domain/facts.ts";

export const MAX_TITLE = 200;
export const MAX_DESCRIPTION = 5_000;
export const MAX_MEETING_PASSWORD = 64;
export const MAX_FULL_NAME = 100;
/** The length of a typed meeting code, which may contain blanks. */
export const MAX_CODE_TEXT = 20;
/** Participants beside the host. */
export const MAX_PARTICIPANTS = 500;
export const DEFAULT_PARTICIPANTS = 100;
