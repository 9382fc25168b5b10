import { randomToken } from "../lib/ids.ts";
import type { Meter } from "../platform/meter.ts";
import type { AppContext } from "./context.ts";
import { EXPOSED } from "./cors.ts";

/**
 * The content security policy of every answer that is not a page: nothing in it may run, and it must not be framed.
 */
const API_POLICY = "default-src 'none'; frame-ancestors 'none'";
const HSTS = "max-age=31536000; includeSubDomains";

/** Marks the answer as a page and returns the nonce for its inline `<style nonce>` and `<script nonce>`. */
export const useNonce = (c: AppContext): string => {
  const nonce = c.get("nonce") ?? randomToken();
  c.set("nonce", nonce);
  return nonce;
};

/**
 * Returns the content security policy of a page. Browsers apply `form-action` to every redirect after a form
 * submission. A page that redirects to another application (`redirectsOffSite`) omits it, because that application may
 * redirect anywhere.
 */
const pagePolicy = (nonce: string, formsLeave: boolean): string =>
  [
    "default-src 'none'",
    `script-src 'self' 'nonce-${nonce}'`,
    `style-src 'self' 'nonce-${nonce}'`,
    "img-src 'self' data:",
    "media-src 'self'",
    "connect-src 'self'",
    ...(formsLeave ? [] : ["form-action 'self'"]),
    "base-uri 'none'",
    "frame-ancestors 'none'",
  ].join("; ");

/** The `Server-Timing` of nearly every code verification: it is answered from memory. */
const FROM_MEMORY = 'total;dur=0, d1;desc="0", do;desc="0"';

const serverTiming = (ms: number, { d1, durable }: Meter): string =>
  ms + d1 + durable === 0 ? FROM_MEMORY : `total;dur=${ms}, d1;desc="${d1}", do;desc="${durable}"`;

/** Returns the headers that every answer carries. */
export const standardHeaders = (c: AppContext, ms: number): Record<string, string> => {
  const nonce = c.get("nonce");
  const headers: Record<string, string> = {
    "x-request-id": c.get("requestId"),
    "server-timing": serverTiming(ms, c.get("meter")),
    "content-security-policy":
      nonce === undefined ? API_POLICY : pagePolicy(nonce, c.get("redirectsOffSite") ?? false),
    "x-content-type-options": "nosniff",
  };
  if (nonce !== undefined) headers["referrer-policy"] = "same-origin";
  if (c.req.url.startsWith("https:")) headers["strict-transport-security"] = HSTS;
  // Set even without an `Origin` header: a browser may cache an answer to an element, which sends no origin, and
  // later give it to a script of another page.
  if (c.get("openToAllOrigins")) {
    headers["access-control-allow-origin"] = "*";
    headers["access-control-expose-headers"] = EXPOSED;
  }
  return headers;
};

/**
 * Returns a JSON answer with the standard headers already set. `c.json` and a second pass over the headers give the
 * same answer at three times the cost, which matters for code verification.
 */
export const completeJson = (c: AppContext, body: unknown, headers: Record<string, string>): Response => {
  const all = standardHeaders(c, Date.now() - c.get("startedAt"));
  all["content-type"] = "application/json";
  for (const name in headers) all[name] = headers[name] ?? "";
  c.set("headersComplete", true);
  return new Response(JSON.stringify(body), { headers: all });
};
