import { timingSafeEqual } from "node:crypto";
import { toHex } from "./ids.ts";

const encoder = new TextEncoder();

/** Lower-case hex HMAC-SHA256. */
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

/** Lower-case hex SHA-256 of bytes. */
export const sha256HexOf = async (bytes: Uint8Array): Promise<string> =>
  toHex(new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)));

/** Lower-case hex SHA-256: how tokens rest in the database. */
export const sha256Hex = (text: string): Promise<string> => sha256HexOf(encoder.encode(text));

/** Compares two secrets in a time that depends on neither their content nor where they differ. */
export const equalSecrets = async (given: string, expected: string): Promise<boolean> => {
  // Digests first: timingSafeEqual wants equal lengths, and the length of a secret is one of its secrets.
  const [a, b] = await Promise.all([
    crypto.subtle.digest("SHA-256", encoder.encode(given)),
    crypto.subtle.digest("SHA-256", encoder.encode(expected)),
  ]);
  return timingSafeEqual(new Uint8Array(a), new Uint8Array(b));
};
