import { LoopspaceError } from "./errors.js";

/** Aborts an attempt after its timeout or when the caller aborts. Node 18 has no `AbortSignal.any`. */
export interface Deadline {
  readonly signal: AbortSignal;
  /** Converts the error of an attempt to the one to throw: the caller's reason, `TIMEOUT` or `CONNECTION_FAILED`. */
  readonly explain: (error: unknown) => unknown;
  /** Stops the timer. Removes the caller's listener too, unless the caller goes on reading the response. */
  readonly stop: (isReadOn: boolean) => void;
}

/** The longest delay that runtimes support: a timer with a longer one fires at once. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** Starts the timer of an attempt. Throws the caller's reason where its signal is already aborted. */
export const startDeadline = (caller: AbortSignal | undefined, ms: number): Deadline => {
  caller?.throwIfAborted();
  const controller = new AbortController();
  let isLate = false;
  // A longer delay would fire at once, so such an attempt has no timeout.
  const timer =
    ms <= LONGEST_TIMER_MS
      ? setTimeout(() => {
          isLate = true;
          controller.abort();
        }, ms)
      : undefined;
  const abort = () => controller.abort(caller?.reason);
  caller?.addEventListener("abort", abort, { once: true });
  return {
    signal: controller.signal,
    explain: (error) => {
      if (caller?.aborted) return caller.reason;
      if (isLate) return new LoopspaceError("TIMEOUT", `no response within ${ms} ms`, { cause: error });
      if (error instanceof LoopspaceError) return error;
      return new LoopspaceError("CONNECTION_FAILED", "the connection failed", { cause: error });
    },
    stop: (isReadOn) => {
      clearTimeout(timer);
      if (!isReadOn) caller?.removeEventListener("abort", abort);
    },
  };
};

/** Waits for `ms` milliseconds. Rejects with the signal's reason as soon as it is aborted. */
export const sleep = (ms: number, signal?: AbortSignal): Promise<void> =>
  new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(signal.reason);
    const abort = () => {
      clearTimeout(timer);
      reject(signal?.reason);
    };
    const timer = setTimeout(
      () => {
        signal?.removeEventListener("abort", abort);
        resolve();
      },
      Math.min(ms, LONGEST_TIMER_MS),
    );
    signal?.addEventListener("abort", abort, { once: true });
  });
