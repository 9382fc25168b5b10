import { shortLine } from "../lib/text.ts";
import { type AppContext, fail } from "./context.ts";

/** The content security policy of user content, so that it cannot act as a page of the platform. */
const SANDBOX_POLICY =
  "sandbox; default-src 'none'; media-src 'self'; img-src 'self'; style-src 'unsafe-inline'";
/** The media types that browsers may display. Any other type is a download. */
const INLINE =
  /^(video\/(mp4|webm|quicktime)|image\/(png|jpeg|webp|gif)|audio\/(mpeg|wav|flac|mp4|aac|ogg))$/;
const MAX_NAME = 100;

const EXTENSIONS: Record<string, string> = {
  "video/mp4": "mp4",
  "video/webm": "webm",
  "video/quicktime": "mov",
  "image/webp": "webp",
  "image/png": "png",
  "image/jpeg": "jpg",
};

interface ServeOptions {
  /** `Cache-Control` of the answer. */
  readonly cacheControl: string;
  /** Makes the answer a download with this name, which may be any text and has no extension. */
  readonly attachment?: string;
  /** Makes the answer a download with this name, which includes the extension. */
  readonly fileName?: string;
  /**
   * Serves only the first bytes, as if they were the whole. Sends no ETag, because the whole object has the same one.
   */
  readonly onlyBytes?: number;
  /** The media type, which takes precedence over the one stored with the object. */
  readonly contentType?: string;
}

/**
 * Returns a `Content-Disposition` of type `attachment` with the name in UTF-8 (RFC 6266, RFC 8187) and an ASCII
 * fallback for old clients.
 */
const attachmentOf = (name: string, contentType: string, isWhole = false): string => {
  const extension = isWhole ? "" : `.${EXTENSIONS[contentType] ?? "bin"}`;
  const cleaned = shortLine(name, MAX_NAME, /[/\\:*?"<>|]+/g);
  const base = cleaned || "file";
  const ascii = base.replace(/[^\x20-\x7e]+/g, "_").replaceAll("%", "_");
  const encoded = encodeURIComponent(`${base}${extension}`).replace(
    /['()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
  return `attachment; filename="${ascii}${extension}"; filename*=UTF-8''${encoded}`;
};

/**
 * A single range: `bytes=0-99`, `bytes=100-` or `bytes=-100`. A request for several ranges gets the whole object,
 * which RFC 9110 (14.2) permits.
 */
const SINGLE_RANGE = /^bytes=(?:(\d+)-(\d*)|-(\d+))$/;

type Range = { readonly offset: number; readonly length: number } | "unsatisfiable" | undefined;

const rangeOf = (header: string | undefined, size: number): Range => {
  const match = SINGLE_RANGE.exec(header?.trim() ?? "");
  if (!match) return undefined;
  const [, first, last, suffix] = match;
  if (suffix !== undefined) {
    const length = Math.min(Number(suffix), size);
    return length === 0 ? "unsatisfiable" : { offset: size - length, length };
  }
  const offset = Number(first);
  const end = last ? Math.min(Number(last), size - 1) : size - 1;
  if (last && Number(last) < offset) return undefined;
  return offset >= size ? "unsatisfiable" : { offset, length: end - offset + 1 };
};

/** Whether an `If-None-Match` (or `If-Match`) header names this strong ETag. */
export const namesEtag = (header: string, etag: string): boolean =>
  header.split(",").some((one) => one.trim() === "*" || one.trim().replace(/^W\//, "") === etag);

const isUnchanged = (c: AppContext, object: R2Object): boolean => {
  const noneMatch = c.req.header("if-none-match");
  if (noneMatch !== undefined) return namesEtag(noneMatch, object.httpEtag);
  const since = Date.parse(c.req.header("if-modified-since") ?? "");
  return Math.floor(object.uploaded.getTime() / 1_000) * 1_000 <= since;
};

/** Whether `If-Range` allows a range: the client holds another part of the same version of the object. */
const rangeStillHolds = (c: AppContext, object: R2Object): boolean => {
  const condition = c.req.header("if-range");
  if (condition === undefined) return true;
  if (condition.startsWith('"')) return condition === object.httpEtag;
  return Math.floor(object.uploaded.getTime() / 1_000) * 1_000 <= Date.parse(condition);
};

/** Serves an object as a stream, with conditional and range requests (RFC 9110, sections 13 and 14). */
export const serveObject = async (
  c: AppContext,
  key: string,
  { cacheControl, attachment, fileName, contentType: known, onlyBytes }: ServeOptions,
): Promise<Response> => {
  const { bucket } = c.get("services").store;
  const isCut = onlyBytes !== undefined;
  const conditional =
    isCut || ["range", "if-none-match", "if-modified-since"].some((name) => c.req.header(name));
  // A conditional or range request needs the object's metadata first; any other GET is a single call to the bucket.
  const object = conditional || c.req.method === "HEAD" ? await bucket.head(key) : await bucket.get(key);
  if (!object) return fail(c, { code: "media_gone" });
  const contentType = known ?? object.httpMetadata?.contentType ?? "application/octet-stream";
  const headers = new Headers({
    ...(!isCut && { etag: object.httpEtag, "last-modified": object.uploaded.toUTCString() }),
    "accept-ranges": "bytes",
    "cache-control": cacheControl,
    "content-security-policy": SANDBOX_POLICY,
  });
  if (!isCut && isUnchanged(c, object)) return new Response(null, { status: 304, headers });
  headers.set("content-type", contentType);
  if (fileName !== undefined) headers.set("content-disposition", attachmentOf(fileName, contentType, true));
  else if (attachment !== undefined || !INLINE.test(contentType))
    headers.set("content-disposition", attachmentOf(attachment ?? "", contentType));
  const size = Math.min(object.size, onlyBytes ?? object.size);
  // A server ignores Range for methods other than GET (RFC 9110, 14.2).
  const mayRange = c.req.method === "GET" && rangeStillHolds(c, object);
  const range = mayRange ? rangeOf(c.req.header("range"), size) : undefined;
  if (range === "unsatisfiable") {
    c.header("Accept-Ranges", "bytes");
    c.header("Cache-Control", "no-store");
    return fail(c, { code: "range_unsatisfiable", size });
  }
  headers.set("content-length", String(range?.length ?? size));
  if (range) {
    headers.set("content-range", `bytes ${range.offset}-${range.offset + range.length - 1}/${size}`);
  }
  const status = range ? 206 : 200;
  if (c.req.method === "HEAD") return new Response(null, { status, headers });
  const body =
    "body" in object
      ? (object as R2ObjectBody).body
      : await bodyOf(bucket, key, object, range ?? (isCut ? { offset: 0, length: size } : undefined));
  return body ? new Response(body, { status, headers }) : fail(c, { code: "media_gone" });
};

/** Returns the body of the version that `head` describes; undefined where the object was replaced since. */
const bodyOf = async (bucket: R2Bucket, key: string, head: R2Object, range: Range) => {
  const got = await bucket.get(key, {
    onlyIf: { etagMatches: head.etag },
    ...(typeof range === "object" ? { range } : {}),
  });
  return got && "body" in got ? got.body : undefined;
};
