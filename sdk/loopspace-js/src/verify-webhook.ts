import { invalidArgument, LoopspaceError } from "./errors.js";
import type { WebhookEvent } from "./events.js";
import { checkNumber } from "./options.js";

/** The headers of a request, in whatever shape a server has them. */
export type WebhookHeaders =
  | Iterable<readonly [string, string]>
  | Readonly<Record<string, string | readonly string[] | undefined>>;

export interface VerifyOptions {
  /** Seconds between when it was sent and now (default 300). */
  readonly tolerance?: number | undefined;
}

const TOLERANCE_S = 300;
/** As long as the platform tries to deliver an event: a day and some hours. */
const SCHEDULE_S = 2 * 86_400;
/** Ours for this moment, and the one before it. */
const MOST_SIGNATURES = 10;

const encoder = new TextEncoder();

const refused = (message: string): LoopspaceError => new LoopspaceError("SIGNATURE_INVALID", message);

/** What a header says. Servers hand on what they are sent: what is no text says nothing. */
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

/** Undefined for what is no base64. */
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

/** That of Standard Webhooks: what stands behind `whsec_`, or a chosen secret as it is. */
const standardKeyOf = (secret: string): Uint8Array<ArrayBuffer> => {
  if (!secret.startsWith("whsec_")) return encoder.encode(secret);
  const key = fromBase64(secret.slice("whsec_".length));
  if (!key?.length) throw invalidArgument("the secret behind whsec_ is no base64");
  return key;
};

const webCrypto = async (): Promise<SubtleCrypto> => {
  const { subtle } = (globalThis.crypto as Crypto | undefined) ?? {};
  if (subtle) return subtle;
  // Node 18 keeps it in a module. Bundlers for browsers stumble over the name of one where they can read it.
  const module = ["node", "crypto"].join(":");
  const { webcrypto } = (await import(module)) as { webcrypto: Crypto };
  return webcrypto.subtle;
};

/** Whether any of these signatures was made with any of these keys. The comparison is WebCrypto's, in constant time. */
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
  if (!/^\d{1,12}$/.test(sent.timestamp)) throw refused("webhook-timestamp is no time");
  const age = Date.now() / 1_000 - Number(sent.timestamp);
  if (Math.abs(age) > tolerance) throw refused("the delivery is too old, or this clock is wrong");
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
    throw refused("the signature is another");
};

/** It does not say when it was sent, only when it happened: then it may be as old as the platform tries. */
const checkGuide = async (
  body: Uint8Array<ArrayBuffer>,
  signature: string,
  secrets: readonly string[],
): Promise<void> => {
  const bytes = fromHex(signature);
  const keys = secrets.map((secret) => encoder.encode(secret));
  if (!bytes || !(await isSigned(body, [bytes], keys))) throw refused("the signature is another");
};

const bodyOf = (rawBody: string | Uint8Array | ArrayBuffer): Uint8Array<ArrayBuffer> => {
  if (typeof rawBody === "string") return encoder.encode(rawBody);
  if (rawBody instanceof Uint8Array) return Uint8Array.from(rawBody);
  if (rawBody instanceof ArrayBuffer) return new Uint8Array(rawBody);
  throw invalidArgument("rawBody is the body as it came, as text or bytes: not what a parser made of it");
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
    // It is no event either.
  }
  const { id, type, createdAt, data } = event ?? {};
  const hasTexts = [id, type, createdAt].every((text) => typeof text === "string");
  if (!hasTexts || typeof data !== "object" || data === null) throw refused("the body is no event");
  return event as WebhookEvent;
};

/**
 * Whether a delivery comes from Loopspace: gives its event, or throws LoopspaceError (`SIGNATURE_INVALID`).
 *
 * `rawBody` is the body to the byte, `secret` that of the webhook, or several of which one has to fit. The Standard Webhooks
 * headers (`webhook-id`, `webhook-timestamp`, `webhook-signature`) are checked where any of them came: they say when it was
 * sent. `x-loopspace-signature` alone does not: then the event may be two days old. Either way an event may come twice:
 * remember its `id`.
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
    throw refused("of webhook-id, webhook-timestamp and webhook-signature one is missing");
  if (guide === undefined) throw refused("the delivery is not signed");
  await checkGuide(body, guide, secrets);
  const event = parse(body);
  const age = (Date.now() - Date.parse(event.createdAt)) / 1_000;
  if (!(Math.abs(age) <= SCHEDULE_S)) throw refused("the event is too old to come without webhook-timestamp");
  return event;
};
