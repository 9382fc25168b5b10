import { retryAfterMs } from "../../lib/retry-after.ts";

/** What is kept of an answer. */
const EXCERPT_BYTES = 1_024;

/** Why there is no answer, or none that counts. */
export type PostError =
  | "timeout"
  | "connection_failed"
  /** Redirects are not followed. */
  | "redirected"
  /** The address is none of the open internet (any more). */
  | "address_refused"
  | "secret_unreadable";

/** What came of an attempt. */
export interface Outcome {
  /** Of the answer; null where there was none. */
  readonly status: number | null;
  readonly error: PostError | null;
  /** The beginning of the answer; empty where none is kept. */
  readonly response: string;
  /** ms */
  readonly took: number;
  /** What the receiver asks for, ms. */
  readonly retryAfterMs: number | undefined;
}

export const isDelivered = ({ status }: Outcome): boolean => status !== null && status >= 200 && status < 300;

/** An attempt that ended before it began. */
export const unsent = (error: PostError): Outcome => ({
  status: null,
  error,
  response: "",
  took: 0,
  retryAfterMs: undefined,
});

/** The beginning of a body, as text. What comes after it is not waited for, nor is a body that stops coming. */
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
    // Its status counts all the same.
  }
  return Buffer.concat(chunks).subarray(0, EXCERPT_BYTES).toString().replaceAll("\0", "");
};

/**
 * Posts a body, in `timeoutMs` for all of it. Whatever the network does is a value. Without `keepsAnswer` nothing of the
 * answer but its status is read.
 */
export const post = async (
  url: string,
  headers: Record<string, string>,
  body: string,
  { timeoutMs, keepsAnswer }: { readonly timeoutMs: number; readonly keepsAnswer: boolean },
): Promise<Outcome> => {
  const from = Date.now();
  const signal = AbortSignal.timeout(timeoutMs);
  try {
    const response = await fetch(url, { method: "POST", redirect: "manual", headers, body, signal });
    const { status } = response;
    const excerpt = keepsAnswer ? await excerptOf(response) : "";
    // Not awaited: the receiver may send for ever.
    if (!keepsAnswer) response.body?.cancel().catch(() => undefined);
    return {
      status,
      error: status >= 300 && status < 400 ? "redirected" : null,
      response: excerpt,
      took: Date.now() - from,
      retryAfterMs: retryAfterMs(response.headers.get("retry-after"), Date.now()),
    };
  } catch {
    return { ...unsent(signal.aborted ? "timeout" : "connection_failed"), took: Date.now() - from };
  }
};
