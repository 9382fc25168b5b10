import QuickLRU from "quick-lru";
import { normalizeCode, type Scanner, type Verdict } from "../../core/codes/index.ts";
import { clientAddress, clientCountry, clientNetwork } from "../../http/client.ts";
import type { AppContext } from "../../http/context.ts";

/** What a scan can come to. `code` is the one it was read as. */
export type ScanOutcome =
  | { readonly code: string; readonly verdict: Verdict }
  | { readonly code: undefined; readonly verdict: { readonly kind: "malformed" } }
  | {
      readonly code: string;
      readonly verdict: { readonly kind: "rate_limited"; readonly retryAfterSeconds: number };
    };

const MAX_USER_AGENT = 256;

/**
 * What link previews and crawlers call themselves. Lists of "everything that is no browser" do not fit here: they hold
 * curl, the HTTP libraries of the documented clients, any `App/1.0` and some browsers people really scan with.
 */
const PREVIEW_AGENT =
  /bots?(?![a-z])|crawler|spider|slurp|preview|externalhit|facebookcatalog|link-?expanding|whatsapp\/|embedly|iframely|vkshare|prerender|pagerenderer|mediapartners-google|google-read-aloud|snap url|quora link|flipboardproxy|bufferbot|nuzzel|archiver/i;

const previewAgents = new QuickLRU<string, boolean>({ maxSize: 1_000 });

/** Whether a user agent is a link preview or a crawler. Remembered: phones of one kind say the same. */
const isPreviewAgent = (userAgent: string): boolean => {
  let known = previewAgents.get(userAgent);
  if (known === undefined) {
    known = PREVIEW_AGENT.test(userAgent);
    previewAgents.set(userAgent, known);
  }
  return known;
};

/** The headers with which browsers and cameras say that nobody is looking yet. */
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
 * Verifies what was scanned or typed in. Gives a value and no promise where memory knows the answer: that is nearly
 * every scan, and a turn of the event loop is a good part of what one costs.
 */
export const verifyScan = (c: AppContext, input: string): ScanOutcome | Promise<ScanOutcome> => {
  const code = normalizeCode(input);
  if (code === undefined) return { code, verdict: { kind: "malformed" } };
  const { verifier } = c.get("services");
  const scanner = scannerOf(c);
  const known = verifier.fromMemory(code, scanner);
  return known ? { code, verdict: known } : verifyUnknown(c, code, scanner);
};

/** Only who asks for codes that do not exist is ever slowed down, and only for codes this place has not seen. */
const verifyUnknown = async (c: AppContext, code: string, scanner: Scanner): Promise<ScanOutcome> => {
  const { guesses, verifier } = c.get("services");
  // Taken before the look and given back after it: guesses sent at once are as many as guesses in a row.
  const network = clientNetwork(c);
  const waitMs = guesses.take(network, Date.now());
  if (waitMs > 0)
    return { code, verdict: { kind: "rate_limited", retryAfterSeconds: Math.ceil(waitMs / 1_000) } };
  const verdict = await verifier.fromStorage(code, scanner);
  if (verdict.kind !== "unknown") guesses.giveBack(network);
  return { code, verdict };
};
