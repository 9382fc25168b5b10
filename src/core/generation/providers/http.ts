import { z } from "zod";
import { SECOND_MS } from "../../../lib/clock.ts";
import { versionedUrl } from "../../../lib/provider-url.ts";
import { publicUrl } from "../../../lib/public-url.ts";
import { retryAfterMs } from "../../../lib/retry-after.ts";
import type { AspectRatio, OpenedMedia, RefusalReason, Refused, Unavailable } from "./spec.ts";

/** How a vendor is reached. */
export interface VendorConfig {
  /** Without a slash at the end. */
  readonly baseUrl: string;
  readonly apiKey: string;
  /** Which addresses beside its own finished media may be fetched from. Default: those of the open internet. */
  readonly mayOpen?: (url: URL) => boolean;
}

export interface Answer {
  readonly kind: "answer";
  readonly status: number;
  readonly body: unknown;
  /** The bytes of an answer that is a picture itself. */
  readonly image?: Uint8Array;
}

const MAX_DETAIL = 500;
/** Answers are a few kilobytes, but for videos that come inside one. */
const MAX_ANSWER_BYTES = 64 * 1_024 * 1_024;

const MAX_HOPS = 4;

const cut = (text: string): string => text.slice(0, MAX_DETAIL);

export const refused = (reason: RefusalReason, detail: string): Refused => ({
  kind: "refused",
  reason,
  detail: cut(detail),
});

export const unavailable = (
  delivered: Unavailable["delivered"],
  detail: string,
  retryAfterSeconds?: number,
): Unavailable => ({
  kind: "unavailable",
  delivered,
  detail: cut(detail),
  ...(retryAfterSeconds === undefined ? {} : { retryAfterSeconds }),
});

/** Seconds a `Retry-After` asks for. */
const retryAfterOf = (headers: Headers): number | undefined => {
  const ms = retryAfterMs(headers.get("retry-after"), Date.now());
  return ms === undefined ? undefined : Math.min(3_600, Math.ceil(ms / SECOND_MS));
};

/** What the edge answers by itself where it reached nobody: down, unreachable, no TLS, no name. */
const NEVER_DELIVERED: ReadonlySet<number> = new Set([521, 523, 525, 526, 530]);

/**
 * Calls a vendor. Whatever the network does is a value. 429 and 503 say that nothing was done; a create that was sent and
 * not answered, or answered with another 5xx, may have been, and is not sent again.
 */
export const callVendor = async (
  url: string,
  {
    answersForbidden = false,
    ...init
  }: RequestInit & {
    readonly signal: AbortSignal;
    /** Whether 403 says something of what was asked rather than of our key. */
    readonly answersForbidden?: boolean;
  },
): Promise<Answer | Refused | Unavailable> => {
  const isRepeatable = init.method === "GET" || init.method === "DELETE";
  let response: Response;
  let bytes: Buffer;
  try {
    response = await fetch(url, { redirect: "manual", ...init });
    bytes = await readBytes(response);
  } catch (error) {
    // The runtime says the same of a connection nobody took and of one that was cut.
    return unavailable(isRepeatable ? "no" : "unknown", String(error));
  }
  const { status, headers } = response;
  if (status < 300 && /^image\//i.test(headers.get("content-type") ?? ""))
    return { kind: "answer", status, body: undefined, image: new Uint8Array(bytes) };
  const text = bytes.toString();
  const said = `${status} ${cut(text)}`;
  if (status === 429 || status === 503) return unavailable("no", said, retryAfterOf(headers));
  if (status >= 500) {
    const surely = isRepeatable || NEVER_DELIVERED.has(status);
    return unavailable(surely ? "no" : "unknown", said, retryAfterOf(headers));
  }
  if (status === 401 || status === 402 || (status === 403 && !answersForbidden))
    return refused("provider_account", said);
  if (status >= 300 && status < 400) return unavailable("no", `unexpected redirect: ${status}`);
  const body = parseJson(text);
  if (body === undefined && status < 300 && text !== "")
    return unavailable(isRepeatable ? "no" : "unknown", `no JSON: ${cut(text)}`);
  return { kind: "answer", status, body };
};

const parseJson = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};

const readBytes = async (response: Response): Promise<Buffer> => {
  const chunks: Uint8Array[] = [];
  let total = 0;
  for await (const chunk of response.body ?? []) {
    total += chunk.length;
    if (total > MAX_ANSWER_BYTES) throw new Error("the answer is too long");
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
};

/**
 * Opens finished media. An address that a vendor gives, or redirects to, is fetched at the vendor's own origin or on the
 * open internet only, over https, and gets our key only at the vendor's own origin.
 */
export const openMedia = async (
  url: string,
  config: VendorConfig,
  authorization: Record<string, string>,
  signal: AbortSignal,
): Promise<OpenedMedia | Unavailable | Refused> => {
  const home = new URL(config.baseUrl).origin;
  const mayOpen = config.mayOpen ?? (({ href }: URL) => publicUrl(href) !== undefined);
  let target = URL.parse(url, config.baseUrl);
  for (let hops = 0; hops < MAX_HOPS; hops++) {
    if (!target || (target.origin !== home && !mayOpen(target)))
      return refused("provider_failed", "the media have no address we open");
    const headers = target.origin === home ? authorization : {};
    let response: Response;
    try {
      response = await fetch(target, { redirect: "manual", headers, signal });
    } catch (error) {
      return unavailable("no", String(error));
    }
    if (response.status >= 300 && response.status < 400) {
      await response.body?.cancel();
      target = URL.parse(response.headers.get("location") ?? "", target.href);
      continue;
    }
    if (!response.ok || !response.body) {
      await response.body?.cancel();
      const gone = response.status === 404 || response.status === 410;
      return gone
        ? refused("provider_failed", `the media are gone: ${response.status}`)
        : unavailable("no", `media: ${response.status}`, retryAfterOf(response.headers));
    }
    const length = response.headers.get("content-length");
    return {
      body: response.body,
      contentType: response.headers.get("content-type") ?? "",
      ...(length === null || response.headers.has("content-encoding")
        ? {}
        : { contentLength: Number(length) }),
    };
  }
  return unavailable("no", "too many redirects");
};

/** Vendors make wide and tall pictures; what is asked otherwise gets the nearer of the two, and a square a wide one. */
export const isTall = (ratio: AspectRatio): boolean => ratio === "9:16" || ratio === "3:4";

/** The shortest allowed that is not shorter than what was asked and paid for; the longest where all are. */
export const atLeast = (asked: number, allowed: readonly number[]): number =>
  allowed.find((value) => value >= asked) ?? allowed.at(-1) ?? asked;

export const toBase64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString("base64");

/** Undefined for what holds no bytes in base64. What they are is for the reader to find out. */
export const fromBase64 = (text: string): Uint8Array | undefined => {
  const bytes = Buffer.from(text, "base64");
  return bytes.length === 0 ? undefined : new Uint8Array(bytes);
};

/** Ids of the models of OpenAI, or of whoever speaks like it. */
export const listOpenAiModels = async (
  { baseUrl, apiKey }: VendorConfig,
  signal: AbortSignal,
): Promise<readonly string[] | undefined> => {
  const headers = { authorization: `Bearer ${apiKey}` };
  const answer = await callVendor(`${versionedUrl(baseUrl)}/models`, { method: "GET", headers, signal });
  if (answer.kind !== "answer") return undefined;
  const listed = z.object({ data: z.array(z.object({ id: z.string() })) }).safeParse(answer.body);
  return listed.data?.data.map(({ id }) => id);
};
