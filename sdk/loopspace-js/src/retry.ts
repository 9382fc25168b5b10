import { LoopspaceError } from "./errors.js";

const FIRST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 8_000;
/** Random milliseconds after `Retry-After`, so that clients that were refused together do not retry together. */
const SPREAD_MS = 1_000;

export interface RetryPolicy {
  readonly maxRetries: number;
  /** In milliseconds. */
  readonly maxRetryWait: number;
}

/** Returns whether the same request may succeed a little later. */
const isPassing = ({ code, status = 0 }: LoopspaceError): boolean =>
  code === "CONNECTION_FAILED" || code === "TIMEOUT" || status === 408 || (status >= 500 && status !== 501);

/** Node's error codes for a connection that was not opened, or broke before the request was sent completely. */
const NOT_WHOLE = new Set(["ECONNREFUSED", "ENOTFOUND", "EAI_AGAIN", "UND_ERR_CONNECT_TIMEOUT", "EPIPE"]);

/** Returns whether the server cannot have received the complete request. */
const isCutShort = ({ code, cause }: LoopspaceError): boolean => {
  const reason = (cause as { cause?: { code?: unknown } } | undefined)?.cause?.code;
  return code === "CONNECTION_FAILED" && typeof reason === "string" && NOT_WHOLE.has(reason);
};

/**
 * Returns the milliseconds to wait before the next attempt; undefined where there is none. `tries` is the number of
 * attempts that failed before this one, `random` is from 0 to 1. A call that was refused with 429 or did not arrive
 * completely had no effect, so any call is retried after these. After other failures only a call that may be repeated
 * is.
 */
export const waitBeforeRetry = (
  error: unknown,
  tries: number,
  mayRepeat: boolean,
  { maxRetries, maxRetryWait }: RetryPolicy,
  random: number = Math.random(),
): number | undefined => {
  if (!(error instanceof LoopspaceError) || tries >= maxRetries) return undefined;
  const didNothing = error.status === 429 || isCutShort(error);
  if (!didNothing && !(mayRepeat && isPassing(error))) return undefined;
  const { retryAfter } = error;
  if (retryAfter === undefined) {
    const wait = Math.min(FIRST_WAIT_MS * 2 ** tries, LONGEST_WAIT_MS, maxRetryWait);
    return (wait * (1 + random)) / 2;
  }
  const asked = retryAfter * 1_000;
  return asked > maxRetryWait ? undefined : asked + random * SPREAD_MS;
};
