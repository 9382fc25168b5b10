import { randomToken } from "../lib/ids.ts";
import type { Meter } from "../platform/meter.ts";
import type { AppContext } from "./context.ts";
import { EXPOSED } from "./cors.ts";

/** What holds for every answer that is no page: nothing in it is to be run or framed. */
const API_POLICY = "default-src 'none'; frame-ancestors 'none'";
const HSTS = "max-age=31536000; includeSubDomains";

/** Marks the answer as a page; its inline `<style nonce>` and `<script nonce>` carry what this gives back. */
export const useNonce = (c: AppContext): string => {
  const nonce = c.get("nonce") ?? randomToken();
  c.set("nonce", nonce);
  return nonce;
};

/**
 * Browsers hold every redirect that follows a form to `form-action`: where an application's own page leads on to is not ours
 * to know, so a page that sends people back to one cannot say.
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

/** What nearly every scan says. */
const FROM_MEMORY = 'total;dur=0, d1;desc="0", do;desc="0"';

const serverTiming = (ms: number, { d1, durable }: Meter): string =>
  ms + d1 + durable === 0 ? FROM_MEMORY : `total;dur=${ms}, d1;desc="${d1}", do;desc="${durable}"`;

/** The headers every answer carries, whatever it is. */
export const standardHeaders = (c: AppContext, ms: number): Record<string, string> => {
  const nonce = c.get("nonce");
  const headers: Record<string, string> = {
    "x-request-id": c.get("requestId"),
    "server-timing": serverTiming(ms, c.get("meter")),
    "content-security-policy":
      nonce === undefined ? API_POLICY : pagePolicy(nonce, c.get("formsLeave") ?? false),
    "x-content-type-options": "nosniff",
  };
  if (nonce !== undefined) headers["referrer-policy"] = "same-origin";
  if (c.req.url.startsWith("https:")) headers["strict-transport-security"] = HSTS;
  // Whoever asks: a cache that was filled by an element, which names no origin, answers a script of another page later.
  if (c.get("openToAllOrigins")) {
    headers["access-control-allow-origin"] = "*";
    headers["access-control-expose-headers"] = EXPOSED;
  }
  return headers;
};

/**
 * A JSON answer with all its headers in one go. `c.json` and a pass over its headers afterwards say the same at three
 * times the price; this is for the path every scan takes.
 */
export const completeJson = (c: AppContext, body: unknown, headers: Record<string, string>): Response => {
  const all = standardHeaders(c, Date.now() - c.get("startedAt"));
  all["content-type"] = "application/json";
  for (const name in headers) all[name] = headers[name] ?? "";
  c.set("complete", true);
  return new Response(JSON.stringify(body), { headers: all });
};
