import { LoopspaceError } from "./errors.js";

/** What ends an attempt from outside: its time, or its caller. (`AbortSignal.any` is too young for Node 18.) */
export interface Deadline {
  readonly signal: AbortSignal;
  /** What to throw for what an attempt threw. */
  readonly explain: (error: unknown) => unknown;
  /** Stops the clock, and forgets the caller too unless the answer is still being read. */
  readonly stop: (isReadOn: boolean) => void;
}

/** A timer that is set for longer rings at once. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** Starts the clock of an attempt. Throws the caller's reason where it is over already. */
export const startDeadline = (caller: AbortSignal | undefined, ms: number): Deadline => {
  caller?.throwIfAborted();
  const controller = new AbortController();
  let isLate = false;
  // A longer wait would be none at all.
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
      if (isLate) return new LoopspaceError("TIMEOUT", `no answer within ${ms} ms`, { cause: error });
      if (error instanceof LoopspaceError) return error;
      return new LoopspaceError("CONNECTION_FAILED", "the connection failed", { cause: error });
    },
    stop: (isReadOn) => {
      clearTimeout(timer);
      if (!isReadOn) caller?.removeEventListener("abort", abort);
    },
  };
};

/** Waits; throws the signal's reason as soon as it is aborted. */
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
