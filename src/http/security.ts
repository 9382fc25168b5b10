import { randomToken } from "../lib/ids.ts";
import type { AppContext } from "./context.ts";

/** What holds for every answer: nothing in it is to be sniffed, framed or run. */
const API_POLICY = "default-src 'none'; frame-ancestors 'none'";
const HSTS = "max-age=31536000; includeSubDomains";

/** Marks the answer as a page; its inline `<style nonce>` and `<script nonce>` carry what this gives back. */
export const useNonce = (c: AppContext): string => {
  const nonce = c.get("nonce") ?? randomToken();
  c.set("nonce", nonce);
  return nonce;
};

const pagePolicy = (nonce: string): string =>
  [
    "default-src 'none'",
    `script-src 'self' 'nonce-${nonce}'`,
    `style-src 'self' 'nonce-${nonce}'`,
    "img-src 'self' data:",
    "connect-src 'self'",
    "form-action 'self'",
    "base-uri 'none'",
    "frame-ancestors 'none'",
  ].join("; ");

/** Completes the headers of an answer. */
export const applySecurityHeaders = (c: AppContext, headers: Headers): void => {
  const nonce = c.get("nonce");
  if (!headers.has("content-security-policy")) {
    headers.set("content-security-policy", nonce === undefined ? API_POLICY : pagePolicy(nonce));
  }
  headers.set("x-content-type-options", "nosniff");
  headers.set("referrer-policy", "same-origin");
  if (c.req.url.startsWith("https:")) headers.set("strict-transport-security", HSTS);
};
