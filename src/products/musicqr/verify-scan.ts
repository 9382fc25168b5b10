import QuickLRU from "quick-lru";
import { clientAddress, clientCountry, clientNetwork } from "../../http/client.ts";
import type { AppContext } from "../../http/context.ts";
import { normalizeCode, type Scanner, type Verdict } from "./domain/index.ts";

/** The possible outcomes of a scan. `code` is the normalized code. */
export type ScanOutcome =
  | { readonly code: string; readonly verdict: Verdict }
  | { readonly code: undefined; readonly verdict: { readonly kind: "malformed" } }
  | {
      readonly code: string;
      readonly verdict: { readonly kind: "rate_limited"; readonly retryAfterSeconds: number };
    };

const MAX_USER_AGENT = 256;

/**
 * User agents of link previews and crawlers. Published lists of "everything that is not a browser" do not fit: they
 * include curl, the HTTP libraries of the documented clients, any `App/1.0`, and some browsers that people scan with.
 */
const PREVIEW_AGENT =
  /bots?(?![a-z])|crawler|spider|slurp|preview|externalhit|facebookcatalog|link-?expanding|whatsapp\/|embedly|iframely|vkshare|prerender|pagerenderer|mediapartners-google|google-read-aloud|snap url|quora link|flipboardproxy|bufferbot|nuzzel|archiver/i;

const previewAgents = new QuickLRU<string, boolean>({ maxSize: 1_000 });

/** Whether a user agent is a link preview or a crawler. Cached, because many phones send the same user agent. */
const isPreviewAgent = (userAgent: string): boolean => {
  let known = previewAgents.get(userAgent);
  if (known === undefined) {
    known = PREVIEW_AGENT.test(userAgent);
    previewAgents.set(userAgent, known);
  }
  return known;
};

/** The headers with which browsers and camera apps mark a prefetch, which no user sees yet. */
const PREFETCH_HEADERS = ["sec-purpose", "purpose", "x-purpose", "x-moz"];

const isPrefetch = (c: AppContext): boolean => {
  const { headers } = c.req.raw;
  for (const name of PREFETCH_HEADERS) {
    const said = headers.get(name);
    if (said !== null && /prefetch|prerender|preview/i.test(said)) return true;
  }
  return false;
};

const scannerOf = (c: AppContext): Scanner => {
  const userAgent = (c.req.header("user-agent") ?? "").slice(0, MAX_USER_AGENT);
  return {
    ip: clientAddress(c),
    country: clientCountry(c),
    userAgent,
    preview: c.req.method === "HEAD" || isPrefetch(c) || (userAgent !== "" && isPreviewAgent(userAgent)),
  };
};

/**
 * Verifies a scanned or typed code. Returns a value instead of a promise if memory has the answer: that is true for
 * nearly every scan, and a turn of the event loop is a large part of its cost.
 */
export const verifyScan = (c: AppContext, input: string): ScanOutcome | Promise<ScanOutcome> => {
  const code = normalizeCode(input);
  if (code === undefined) return { code, verdict: { kind: "malformed" } };
  const { verifier } = c.get("services");
  const scanner = scannerOf(c);
  const known = verifier.fromMemory(code, scanner);
  return known ? { code, verdict: known } : verifyUnknown(c, code, scanner);
};

/** Verifies a code that is not in memory. Only this path is limited, for networks that ask for unknown codes. */
const verifyUnknown = async (c: AppContext, code: string, scanner: Scanner): Promise<ScanOutcome> => {
  const { codeGuesses, verifier } = c.get("services");
  // Consumed before the look-up and refunded after it, so that parallel guesses count like sequential ones.
  const network = clientNetwork(c);
  const waitMs = codeGuesses.consume(network, Date.now());
  if (waitMs > 0)
    return { code, verdict: { kind: "rate_limited", retryAfterSeconds: Math.ceil(waitMs / 1_000) } };
  const verdict = await verifier.fromStorage(code, scanner);
  if (verdict.kind !== "unknown") codeGuesses.refund(network);
  return { code, verdict };
};
