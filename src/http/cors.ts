import { cors } from "hono/cors";

const METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"];
const HEADERS = [
  "Content-Type",
  "X-API-Key",
  "Authorization",
  "Idempotency-Key",
  "Last-Event-ID",
  "Range",
  "If-Range",
  "If-None-Match",
];
const MAX_AGE_S = 86_400;

/** The response headers that a page of another origin may read. */
export const EXPOSED =
  "X-Request-Id, X-RateLimit-Limit, X-RateLimit-Remaining, X-RateLimit-Reset, Retry-After, ETag, Content-Range, Accept-Ranges, WWW-Authenticate";
/** The headers of a resumable upload's answers that a page of another origin may read. */
export const EXPOSED_BY_TUS = `${EXPOSED}, Location, Content-Location, Tus-Resumable, Tus-Version, Tus-Extension, Tus-Max-Size, Tus-Checksum-Algorithm, Upload-Offset, Upload-Length, Upload-Metadata, Upload-Expires`;

/**
 * Answers preflights of interfaces that authenticate with a header: any page may call them, but without cookies.
 * `standardHeaders` adds the CORS headers of the answers themselves.
 */
export const preflight = cors({
  origin: "*",
  allowMethods: METHODS,
  allowHeaders: HEADERS,
  maxAge: MAX_AGE_S,
});

/** Answers preflights of resumable uploads, with the headers of tus added. */
export const tusPreflight = cors({
  origin: "*",
  allowMethods: METHODS,
  allowHeaders: [
    ...HEADERS,
    "Tus-Resumable",
    "Upload-Length",
    "Upload-Metadata",
    "Upload-Offset",
    "Upload-Checksum",
    "X-HTTP-Method-Override",
    "X-Request-ID",
  ],
  exposeHeaders: EXPOSED_BY_TUS.split(", "),
  maxAge: MAX_AGE_S,
});
