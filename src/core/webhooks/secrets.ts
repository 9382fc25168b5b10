import { createHmac } from "node:crypto";
import { SECOND_MS } from "../../lib/clock.ts";

const PREFIX = "whsec_";
const NEW_BYTES = 32;
const LEAST_BYTES = 24;
const MOST_BYTES = 64;
/**
 * A secret without the prefix, chosen by the developer. Only ASCII, so that every language encodes it to the same
 * bytes.
 */
const CHOSEN = /^[\x21-\x7e]{16,256}$/;

const toBase64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString("base64");

/** Returns a new secret: `whsec_` and the base64 of 256 random bits. */
export const newSecret = (): string => PREFIX + toBase64(crypto.getRandomValues(new Uint8Array(NEW_BYTES)));

/** Returns what is wrong with a secret that a developer chose; undefined if it is valid. */
export const validateSecret = (secret: string): string | undefined => {
  if (!secret.startsWith(PREFIX))
    return CHOSEN.test(secret) ? undefined : "must be 16 to 256 printable ASCII characters without spaces";
  const text = secret.slice(PREFIX.length);
  const bytes = Buffer.from(text, "base64");
  return toBase64(bytes) === text && bytes.length >= LEAST_BYTES && bytes.length <= MOST_BYTES
    ? undefined
    : `must be ${PREFIX} followed by the base64 of ${LEAST_BYTES} to ${MOST_BYTES} bytes`;
};

/**
 * Returns the key of the Standard Webhooks signature: the decoded text after `whsec_`, or a chosen secret as it is.
 */
const standardKey = (secret: string): Buffer =>
  secret.startsWith(PREFIX) ? Buffer.from(secret.slice(PREFIX.length), "base64") : Buffer.from(secret);

export interface Signed {
  /** The event's id, the same at every attempt. */
  readonly id: string;
  readonly body: string;
  /** When the attempt is sent, ms UTC. */
  readonly at: number;
  /** The number of the attempt; the first is 1. */
  readonly attempt: number;
  /** The current secret, then the previous one while it is still valid. */
  readonly secrets: readonly [string, ...string[]];
}

/**
 * Returns the headers that authenticate a delivery. `webhook-signature` lists one signature per valid secret.
 * `x-loopspace-signature` holds a single signature, because the receiver in the guide compares the whole header.
 * Attempts alternate between the valid secrets, so a receiver that knows only one of them accepts the first or the
 * second attempt.
 */
export const signatureHeaders = ({ id, body, at, attempt, secrets }: Signed): Record<string, string> => {
  const timestamp = String(Math.floor(at / SECOND_MS));
  const signatures = secrets.map((secret) => {
    const digest = createHmac("sha256", standardKey(secret)).update(`${id}.${timestamp}.${body}`);
    return `v1,${digest.digest("base64")}`;
  });
  const turn = secrets[(attempt - 1) % secrets.length] ?? secrets[0];
  return {
    "webhook-id": id,
    "webhook-timestamp": timestamp,
    "webhook-signature": signatures.join(" "),
    "x-loopspace-signature": createHmac("sha256", turn).update(body).digest("hex"),
  };
};
