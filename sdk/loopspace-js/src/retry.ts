import { LoopspaceError } from "./errors.js";

const FIRST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 8_000;
/** Beyond what the platform asks for, so that those it refused together do not come back together. */
const SPREAD_MS = 1_000;

export interface RetryPolicy {
  readonly maxRetries: number;
  /** Milliseconds. */
  readonly maxRetryWait: number;
}

/** Whether the same request may succeed a little later. */
const isPassing = ({ code, status = 0 }: LoopspaceError): boolean =>
  code === "CONNECTION_FAILED" || code === "TIMEOUT" || status === 408 || (status >= 500 && status !== 501);

/** Where Node says that the connection was not there, or not to the end of the request. */
const NOT_WHOLE = new Set(["ECONNREFUSED", "ENOTFOUND", "EAI_AGAIN", "UND_ERR_CONNECT_TIMEOUT", "EPIPE"]);

/** Whether the platform cannot have got all of the request. */
const isCutShort = ({ code, cause }: LoopspaceError): boolean => {
  const reason = (cause as { cause?: { code?: unknown } } | undefined)?.cause?.code;
  return code === "CONNECTION_FAILED" && typeof reason === "string" && NOT_WHOLE.has(reason);
};

/**
 * Milliseconds to wait before the next try; undefined where there is none. `tries` is how many failed before this one,
 * `random` from 0 to 1. A refusal for too many calls (429) did nothing, nor did a request that did not arrive whole: any call
 * may be tried again after these; after other failures only one that may be repeated.
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
