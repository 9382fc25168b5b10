import { createHmac } from "node:crypto";
import { SECOND_MS } from "../../lib/clock.ts";

const PREFIX = "whsec_";
const NEW_BYTES = 32;
const LEAST_BYTES = 24;
const MOST_BYTES = 64;
/** What a developer may choose instead: printable, so that every language makes the same bytes of it. */
const CHOSEN = /^[\x21-\x7e]{16,256}$/;

const toBase64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString("base64");

/** `whsec_` and the base64 of 256 random bits. */
export const newSecret = (): string => PREFIX + toBase64(crypto.getRandomValues(new Uint8Array(NEW_BYTES)));

/** What is wrong with a secret a developer chose; undefined where nothing is. */
export const problemOfSecret = (secret: string): string | undefined => {
  if (!secret.startsWith(PREFIX))
    return CHOSEN.test(secret) ? undefined : "has to be 16 to 256 printable ASCII characters without blanks";
  const text = secret.slice(PREFIX.length);
  const bytes = Buffer.from(text, "base64");
  return toBase64(bytes) === text && bytes.length >= LEAST_BYTES && bytes.length <= MOST_BYTES
    ? undefined
    : `behind ${PREFIX} comes the base64 of ${LEAST_BYTES} to ${MOST_BYTES} bytes`;
};

/** The key of the Standard Webhooks signature: what stands behind `whsec_`, or a chosen secret as it is. */
const standardKey = (secret: string): Buffer =>
  secret.startsWith(PREFIX) ? Buffer.from(secret.slice(PREFIX.length), "base64") : Buffer.from(secret);

export interface Signed {
  /** Of the event: the same at every attempt. */
  readonly id: string;
  readonly body: string;
  /** When it is sent, ms UTC. */
  readonly at: number;
  /** Which attempt it is; the first is 1. */
  readonly attempt: number;
  /** The current secret, then the one before it while both are good. */
  readonly secrets: readonly [string, ...string[]];
}

/**
 * The headers that prove where a delivery comes from. `webhook-signature` lists one signature for each good secret.
 * `x-loopspace-signature` has room for one, and the guide's receiver compares it as a whole: attempts take turns with
 * the good secrets, so that a receiver that knows either of them takes the first or the second.
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
