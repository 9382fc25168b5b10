import { z } from "zod";
import { SECOND_MS } from "../../../lib/clock.ts";
import { versionedUrl } from "../../../lib/provider-url.ts";
import { publicUrl } from "../../../lib/public-url.ts";
import { retryAfterMs } from "../../../lib/retry-after.ts";
import type { AspectRatio } from "../facts.ts";
import type { OpenedMedia, RefusalReason, Refused, Unavailable } from "../media.ts";

/** Connection settings of a vendor. */
export interface VendorConfig {
  /** Without a trailing slash. */
  readonly baseUrl: string;
  readonly apiKey: string;
  /** Returns whether media may be downloaded from a URL outside the vendor's origin. Default: public hosts only. */
  readonly isDownloadAllowed?: (url: URL) => boolean;
}

/** The origin of OpenAI's API, which two providers use. */
export const OPENAI_URL = "https://api.openai.com";

/** Returns the connection settings of a vendor; undefined without a key or a URL. */
export const vendorConfig = (
  apiKey: string | undefined,
  baseUrl: string | undefined,
): VendorConfig | undefined =>
  apiKey && baseUrl ? { apiKey, baseUrl: baseUrl.replace(/\/+$/, "") } : undefined;

export interface VendorResponse {
  readonly kind: "answer";
  readonly status: number;
  readonly body: unknown;
  /** The bytes of a response with an image content type. */
  readonly image?: Uint8Array;
}

const MAX_DETAIL = 500;
/** Responses have a few kilobytes, except those that contain a video in base64. */
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

/** Returns the seconds of a `Retry-After` header, at most one hour. */
const retryAfterOf = (headers: Headers): number | undefined => {
  const ms = retryAfterMs(headers.get("retry-after"), Date.now());
  return ms === undefined ? undefined : Math.min(3_600, Math.ceil(ms / SECOND_MS));
};

/**
 * Statuses that Cloudflare's edge sends when it could not reach the origin (origin down, unreachable, TLS failure,
 * DNS failure), so the request was not delivered.
 */
const NEVER_DELIVERED: ReadonlySet<number> = new Set([521, 523, 525, 526, 530]);

/**
 * Calls a vendor. Network errors are returned, not thrown. 429 and 503 mean that the vendor did nothing. A POST
 * without an answer, or with another 5xx, may have been executed, so it is `unknown` and is not sent again.
 */
export const callVendor = async (
  url: string,
  {
    answersForbidden = false,
    ...init
  }: RequestInit & {
    readonly signal: AbortSignal;
    /** Whether the vendor uses 403 for a refused request, not only for an invalid key. */
    readonly answersForbidden?: boolean;
  },
): Promise<VendorResponse | Refused | Unavailable> => {
  const isRepeatable = init.method === "GET" || init.method === "DELETE";
  let response: Response;
  let bytes: Buffer;
  try {
    response = await fetch(url, { redirect: "manual", ...init });
    bytes = await readBytes(response);
  } catch (error) {
    // The runtime throws the same error for a refused connection and for one that broke after the request was sent.
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
 * Opens finished media. A URL that the vendor returns or redirects to is fetched only if it has the vendor's own
 * origin or is a public https URL, and our key is sent only to the vendor's own origin.
 */
export const openMedia = async (
  url: string,
  config: VendorConfig,
  authorization: Record<string, string>,
  signal: AbortSignal,
): Promise<OpenedMedia | Unavailable | Refused> => {
  const home = new URL(config.baseUrl).origin;
  const mayOpen = config.isDownloadAllowed ?? (({ href }: URL) => publicUrl(href) !== undefined);
  let target = URL.parse(url, config.baseUrl);
  for (let hops = 0; hops < MAX_HOPS; hops++) {
    if (!target || (target.origin !== home && !mayOpen(target)))
      return refused("provider_failed", "the URL of the media is not allowed");
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
        ? refused("provider_failed", `the media no longer exists: ${response.status}`)
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

/** For vendors that make only 16:9 and 9:16 videos: returns true for a portrait ratio. Square and 4:3 become 16:9. */
export const isTall = (ratio: AspectRatio): boolean => ratio === "9:16" || ratio === "3:4";

/**
 * Returns the smallest allowed value that is not below `asked`, because the user paid for that length; the largest
 * value if all are below it. `allowed` is ascending.
 */
export const smallestAtLeast = (asked: number, allowed: readonly number[]): number =>
  allowed.find((value) => value >= asked) ?? allowed.at(-1) ?? asked;

export const toBase64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString("base64");

/** Decodes base64; undefined if that gives no bytes. The type of the bytes is not checked here. */
export const fromBase64 = (text: string): Uint8Array | undefined => {
  const bytes = Buffer.from(text, "base64");
  return bytes.length === 0 ? undefined : new Uint8Array(bytes);
};

/** Lists the model ids of OpenAI or of a compatible server. */
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
