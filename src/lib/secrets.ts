import { timingSafeEqual } from "node:crypto";
import { toHex } from "./ids.ts";

const encoder = new TextEncoder();

/** Returns the HMAC-SHA256 of a message in lower-case hex. */
export const hmacSha256Hex = async (secret: string, message: string): Promise<string> => {
  const key = await crypto.subtle.importKey(
    "raw",
    encoder.encode(secret),
    { name: "HMAC", hash: "SHA-256" },
    false,
    ["sign"],
  );
  return toHex(new Uint8Array(await crypto.subtle.sign("HMAC", key, encoder.encode(message))));
};

/** Returns the SHA-256 of bytes in lower-case hex. */
export const sha256HexOf = async (bytes: Uint8Array): Promise<string> =>
  toHex(new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)));

/** Returns the SHA-256 of a text in lower-case hex, the form in which the database stores tokens. */
export const sha256Hex = (text: string): Promise<string> => sha256HexOf(encoder.encode(text));

/** Compares two secrets in constant time. */
export const equalSecrets = async (given: string, expected: string): Promise<boolean> => {
  // Compares digests, because timingSafeEqual needs equal lengths and the length of a secret must not leak.
  const [a, b] = await Promise.all([
    crypto.subtle.digest("SHA-256", encoder.encode(given)),
    crypto.subtle.digest("SHA-256", encoder.encode(expected)),
  ]);
  return timingSafeEqual(new Uint8Array(a), new Uint8Array(b));
};
