import { CHECKSUM_ALGORITHMS, type Checksum } from "./protocol.ts";

/** Fifteen digits stay below the largest safe integer. */
const BYTES = /^\d{1,15}$/;
/** Visible ASCII without space and comma, which the protocol forbids in a key. */
const METADATA_KEY = /^[\x21-\x2b\x2d-\x7e]+$/;
const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;
const DIGEST_BYTES: Record<Checksum["algorithm"], number> = { sha1: 20, sha256: 32, md5: 16 };

const decoded = (base64: string): Uint8Array | undefined =>
  BASE64.test(base64) ? Uint8Array.from(atob(base64), (character) => character.charCodeAt(0)) : undefined;

const textOf = (bytes: Uint8Array): string | undefined => {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: false }).decode(bytes);
  } catch {
    return undefined;
  }
};

/** Parses `Upload-Length` or `Upload-Offset`, a number of bytes; undefined if it is invalid. */
export const parseBytes = (text: string): number | undefined => (BYTES.test(text) ? Number(text) : undefined);

/** Parses `Upload-Metadata`: pairs of a key and base64 of UTF-8 text, or keys alone; undefined if it is invalid. */
export const parseMetadata = (text: string): ReadonlyMap<string, string> | undefined => {
  const metadata = new Map<string, string>();
  if (text.trim() === "") return metadata;
  for (const pair of text.split(",")) {
    const [key = "", value = "", ...more] = pair.trim().split(" ");
    const bytes = decoded(value);
    const content = bytes && textOf(bytes);
    if (content === undefined || more.length > 0 || !METADATA_KEY.test(key) || metadata.has(key))
      return undefined;
    metadata.set(key, content);
  }
  return metadata;
};

/**
 * Parses `Upload-Checksum`: the name of an algorithm and a digest in base64. Undefined if it is invalid or the
 * algorithm is not supported.
 */
export const parseChecksum = (text: string): Checksum | undefined => {
  const [name = "", digest = "", ...more] = text.trim().split(" ");
  const algorithm = CHECKSUM_ALGORITHMS.find((one) => one === name);
  if (!algorithm || more.length > 0) return undefined;
  return decoded(digest)?.length === DIGEST_BYTES[algorithm] ? { algorithm, digest } : undefined;
};
