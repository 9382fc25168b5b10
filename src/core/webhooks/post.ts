import { retryAfterMs } from "../../lib/retry-after.ts";

/** How many bytes of a response are kept. */
const EXCERPT_BYTES = 1_024;

/** Why an attempt got no response, or one that is not accepted. */
export type PostError =
  | "timeout"
  | "connection_failed"
  /** Redirects are not followed. */
  | "redirected"
  /** The address is not, or no longer, on the open internet. */
  | "address_refused"
  | "secret_unreadable";

/** The result of an attempt. */
export interface AttemptOutcome {
  /** The HTTP status; null if there was no response. */
  readonly status: number | null;
  readonly error: PostError | null;
  /** The beginning of the response body; empty if it is not kept. */
  readonly response: string;
  /** ms */
  readonly took: number;
  /** The receiver's `Retry-After`, ms. */
  readonly retryAfterMs: number | undefined;
}

export const isDelivered = ({ status }: AttemptOutcome): boolean =>
  status !== null && status >= 200 && status < 300;

/** Returns the result of an attempt that failed before the request was sent. */
export const notSent = (error: PostError): AttemptOutcome => ({
  status: null,
  error,
  response: "",
  took: 0,
  retryAfterMs: undefined,
});

/** Returns the first EXCERPT_BYTES of a body as text. Returns less if the body ends, breaks or times out before. */
const excerptOf = async (response: Response): Promise<string> => {
  const chunks: Uint8Array[] = [];
  let total = 0;
  try {
    for await (const chunk of response.body ?? []) {
      chunks.push(chunk);
      total += chunk.length;
      if (total >= EXCERPT_BYTES) break;
    }
  } catch {
    // The status counts even if the body breaks.
  }
  return Buffer.concat(chunks).subarray(0, EXCERPT_BYTES).toString().replaceAll("\0", "");
};

/**
 * Posts a body; `timeoutMs` is the limit for the request and the response together. Network errors are returned as
 * values. Without `keepsAnswer` the response body is not read.
 */
export const post = async (
  url: string,
  headers: Record<string, string>,
  body: string,
  { timeoutMs, keepsAnswer }: { readonly timeoutMs: number; readonly keepsAnswer: boolean },
): Promise<AttemptOutcome> => {
  const from = Date.now();
  const signal = AbortSignal.timeout(timeoutMs);
  try {
    const response = await fetch(url, { method: "POST", redirect: "manual", headers, body, signal });
    const { status } = response;
    const excerpt = keepsAnswer ? await excerptOf(response) : "";
    // Not awaited: a receiver may never end its response.
    if (!keepsAnswer) response.body?.cancel().catch(() => undefined);
    return {
      status,
      error: status >= 300 && status < 400 ? "redirected" : null,
      response: excerpt,
      took: Date.now() - from,
      retryAfterMs: retryAfterMs(response.headers.get("retry-after"), Date.now()),
    };
  } catch {
    return { ...notSent(signal.aborted ? "timeout" : "connection_failed"), took: Date.now() - from };
  }
};
