import type { AudioSource } from "./source.ts";

const HEADER_BYTES = 10;
const FOOTER_FLAG = 0x10;
/** Limit for consecutive tags. Real files have two at most. */
const MAX_TAGS = 16;

/** Returns the position after the ID3v2 tags at the start of a file. */
export const positionAfterTags = async ({ size, read }: AudioSource): Promise<number> => {
  let at = 0;
  for (let i = 0; i < MAX_TAGS && at + HEADER_BYTES <= size; i++) {
    const head = await read(at, HEADER_BYTES);
    if (String.fromCharCode(...head.subarray(0, 3)) !== "ID3") break;
    // A size uses seven bits of each byte, so that it cannot look like the sync word of an audio frame.
    const length = head.subarray(6).reduce((sum, byte) => (sum << 7) | (byte & 0x7f), 0);
    const footer = ((head[5] ?? 0) & FOOTER_FLAG) === 0 ? 0 : HEADER_BYTES;
    at += HEADER_BYTES + length + footer;
  }
  return Math.min(at, size);
};
