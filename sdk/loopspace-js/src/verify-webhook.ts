import { invalidArgument, LoopspaceError } from "./errors.js";
import type { WebhookEvent } from "./events.js";
import { checkNumber } from "./options.js";

/** The headers of a request, as `Headers` or as Node's and Express's object. Names match regardless of case. */
export type WebhookHeaders =
  | Iterable<readonly [string, string]>
  | Readonly<Record<string, string | readonly string[] | undefined>>;

export interface VerifyOptions {
  /** The largest difference between `webhook-timestamp` and now, in seconds (default 300). */
  readonly tolerance?: number | undefined;
}

const TOLERANCE_S = 300;
/**
 * The oldest event accepted without `webhook-timestamp`. The platform retries a delivery for a day and some hours.
 */
const SCHEDULE_S = 2 * 86_400;
/** Limits the work for a forged header. The platform sends two signatures at most, during a secret rotation. */
const MOST_SIGNATURES = 10;

const encoder = new TextEncoder();

const refused = (message: string): LoopspaceError => new LoopspaceError("SIGNATURE_INVALID", message);

/** Returns the text of a header, repeated ones joined by a space. A value that is not text counts as absent. */
const textOf = (value: unknown): string | undefined => {
  const texts = Array.isArray(value) ? value : [value];
  return texts.length > 0 && texts.every((text) => typeof text === "string") ? texts.join(" ") : undefined;
};

const headerOf = (headers: WebhookHeaders, name: string): string | undefined => {
  const entries: Iterable<readonly unknown[]> =
    Symbol.iterator in headers
      ? (headers as Iterable<readonly [string, string]>)
      : Object.entries(headers as Readonly<Record<string, unknown>>);
  for (const [key, value] of entries) {
    const text = typeof key === "string" && key.toLowerCase() === name ? textOf(value) : undefined;
    if (text !== undefined) return text;
  }
  return undefined;
};

const bytesOf = (binary: string): Uint8Array<ArrayBuffer> =>
  Uint8Array.from(binary, (char) => char.charCodeAt(0));

/** Returns undefined where the text is not base64. */
const fromBase64 = (text: string): Uint8Array<ArrayBuffer> | undefined => {
  try {
    return bytesOf(atob(text));
  } catch {
    return undefined;
  }
};

const fromHex = (text: string): Uint8Array<ArrayBuffer> | undefined =>
  /^([0-9a-f]{2})+$/i.test(text)
    ? Uint8Array.from(text.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16))
    : undefined;

/**
 * Returns the Standard Webhooks key of a secret: the decoded part after `whsec_`, or the bytes of any other secret.
 */
const standardKeyOf = (secret: string): Uint8Array<ArrayBuffer> => {
  if (!secret.startsWith("whsec_")) return encoder.encode(secret);
  const key = fromBase64(secret.slice("whsec_".length));
  if (!key?.length) throw invalidArgument("the part of secret after whsec_ must be base64");
  return key;
};

const webCrypto = async (): Promise<SubtleCrypto> => {
  const { subtle } = (globalThis.crypto as Crypto | undefined) ?? {};
  if (subtle) return subtle;
  // Node 18 has WebCrypto only in a module. The name is built at run time, because bundlers for browsers fail on it.
  const module = ["node", "crypto"].join(":");
  const { webcrypto } = (await import(module)) as { webcrypto: Crypto };
  return webcrypto.subtle;
};

/** Returns whether one of the signatures was made with one of the keys. WebCrypto compares in constant time. */
const isSigned = async (
  content: Uint8Array<ArrayBuffer>,
  signatures: readonly Uint8Array<ArrayBuffer>[],
  keys: readonly Uint8Array<ArrayBuffer>[],
): Promise<boolean> => {
  const subtle = await webCrypto();
  const algorithm = { name: "HMAC", hash: "SHA-256" };
  let isOurs = false;
  for (const key of keys) {
    const hmac = await subtle.importKey("raw", key, algorithm, false, ["verify"]);
    for (const signature of signatures)
      isOurs = (await subtle.verify("HMAC", hmac, signature, content)) || isOurs;
  }
  return isOurs;
};

const checkStandard = async (
  body: Uint8Array<ArrayBuffer>,
  sent: { readonly id: string; readonly timestamp: string; readonly signature: string },
  secrets: readonly string[],
  tolerance: number,
): Promise<void> => {
  if (!/^\d{1,12}$/.test(sent.timestamp)) throw refused("webhook-timestamp must be Unix seconds");
  const age = Date.now() / 1_000 - Number(sent.timestamp);
  if (Math.abs(age) > tolerance)
    throw refused("webhook-timestamp differs too much from the clock of this machine");
  const prefix = encoder.encode(`${sent.id}.${sent.timestamp}.`);
  const content = new Uint8Array(prefix.length + body.length);
  content.set(prefix);
  content.set(body, prefix.length);
  const signatures = sent.signature
    .split(" ")
    .slice(0, MOST_SIGNATURES)
    .flatMap((one) => (one.startsWith("v1,") ? [fromBase64(one.slice(3)) ?? []] : []))
    .map((one) => Uint8Array.from(one));
  if (!(await isSigned(content, signatures, secrets.map(standardKeyOf))))
    throw refused("webhook-signature does not match");
};

/**
 * Checks `x-loopspace-signature`. It does not cover a sending time, so `verifyWebhook` limits the age of the event.
 */
const checkGuide = async (
  body: Uint8Array<ArrayBuffer>,
  signature: string,
  secrets: readonly string[],
): Promise<void> => {
  const bytes = fromHex(signature);
  const keys = secrets.map((secret) => encoder.encode(secret));
  if (!bytes || !(await isSigned(body, [bytes], keys))) throw refused("x-loopspace-signature does not match");
};

const bodyOf = (rawBody: string | Uint8Array | ArrayBuffer): Uint8Array<ArrayBuffer> => {
  if (typeof rawBody === "string") return encoder.encode(rawBody);
  if (rawBody instanceof Uint8Array) return Uint8Array.from(rawBody);
  if (rawBody instanceof ArrayBuffer) return new Uint8Array(rawBody);
  throw invalidArgument("rawBody must be the unparsed body, as text or bytes");
};

const secretsOf = (secret: string | readonly string[]): readonly string[] => {
  const secrets = typeof secret === "string" ? [secret] : secret;
  if (
    !Array.isArray(secrets) ||
    secrets.length === 0 ||
    secrets.some((one) => typeof one !== "string" || one === "")
  )
    throw invalidArgument("the secret is missing");
  return secrets;
};

const parse = (body: Uint8Array): WebhookEvent => {
  let event: Partial<WebhookEvent> | null = null;
  try {
    event = JSON.parse(new TextDecoder().decode(body));
  } catch {
    // Falls through: a body that is not JSON is refused below.
  }
  const { id, type, createdAt, data } = event ?? {};
  const hasTexts = [id, type, createdAt].every((text) => typeof text === "string");
  if (!hasTexts || typeof data !== "object" || data === null) throw refused("the body is not an event");
  return event as WebhookEvent;
};

/**
 * Verifies that a delivery comes from Loopspace and returns its event. Throws `LoopspaceError`: `SIGNATURE_INVALID`
 * for a delivery that cannot be trusted, `INVALID_ARGUMENT` for an invalid argument.
 *
 * `rawBody` is the unparsed body, byte for byte. `secret` is the webhook's secret, or several of which one has to
 * match. If any of the Standard Webhooks headers (`webhook-id`, `webhook-timestamp`, `webhook-signature`) is present,
 * all three are required and checked; the timestamp may differ from now by `tolerance` seconds. Otherwise
 * `x-loopspace-signature` is checked. It covers no sending time, so an event of up to two days ago is accepted. In
 * both cases an event may be delivered more than once: remember its `id`.
 */
export const verifyWebhook = async (
  rawBody: string | Uint8Array | ArrayBuffer,
  headers: WebhookHeaders,
  secret: string | readonly string[],
  options: VerifyOptions = {},
): Promise<WebhookEvent> => {
  const tolerance = checkNumber("tolerance", options.tolerance, TOLERANCE_S);
  if (typeof headers !== "object" || headers === null) throw invalidArgument("headers are missing");
  const body = bodyOf(rawBody);
  const secrets = secretsOf(secret);
  const id = headerOf(headers, "webhook-id");
  const timestamp = headerOf(headers, "webhook-timestamp");
  const signature = headerOf(headers, "webhook-signature");
  const guide = headerOf(headers, "x-loopspace-signature");
  if (id !== undefined && timestamp !== undefined && signature !== undefined) {
    await checkStandard(body, { id, timestamp, signature }, secrets, tolerance);
    return parse(body);
  }
  if (id !== undefined || timestamp !== undefined || signature !== undefined)
    throw refused("one of webhook-id, webhook-timestamp and webhook-signature is missing");
  if (guide === undefined) throw refused("the delivery has no signature header");
  await checkGuide(body, guide, secrets);
  const event = parse(body);
  const age = (Date.now() - Date.parse(event.createdAt)) / 1_000;
  if (!(Math.abs(age) <= SCHEDULE_S))
    throw refused("the event is too old for a delivery without webhook-timestamp");
  return event;
};
