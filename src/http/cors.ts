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

/** What a page of another origin may read of an answer. */
export const EXPOSED =
  "X-Request-Id, X-RateLimit-Limit, X-RateLimit-Remaining, X-RateLimit-Reset, Retry-After, ETag, Content-Range, Accept-Ranges, WWW-Authenticate";
/** The same of a resumable upload's. */
export const EXPOSED_BY_TUS = `${EXPOSED}, Location, Content-Location, Tus-Resumable, Tus-Version, Tus-Extension, Tus-Max-Size, Tus-Checksum-Algorithm, Upload-Offset, Upload-Length, Upload-Metadata, Upload-Expires`;

/**
 * Answers preflights of interfaces that carry their key in a header: any page may call them, none gets a cookie through.
 * The answers themselves get their header with all the others, see `standardHeaders`.
 */
export const preflight = cors({
  origin: "*",
  allowMethods: METHODS,
  allowHeaders: HEADERS,
  maxAge: MAX_AGE_S,
});

/** The same for resumable uploads. */
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
