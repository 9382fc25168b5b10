import { MINUTE_MS, SECOND_MS } from "../../src/lib/clock.ts";

/** The circuit opens after this many failures within FAILURE_WINDOW_MS. */
const FAILURES_TO_OPEN = 5;
const FAILURE_WINDOW_MS = MINUTE_MS;
const FIRST_COOL_DOWN_MS = 30 * SECOND_MS;
const LONGEST_COOL_DOWN_MS = 5 * MINUTE_MS;
/** A trial call without a result after this time is treated as lost, and another trial is permitted. */
const TRIAL_TIMEOUT_MS = MINUTE_MS;

/** The state of a circuit breaker. Times are ms UTC, 0 for never. */
export interface Circuit {
  /** Times of the recent failures. */
  readonly failures: readonly number[];
  /** End of the cool-down; 0 while the circuit is closed. */
  readonly openUntil: number;
  readonly coolDownMs: number;
  /** Deadline of the one trial call of an open circuit. */
  readonly trialUntil: number;
}

export interface Permit {
  readonly allowed: boolean;
  /** How long to wait before the next attempt; 0 if the call is allowed. */
  readonly retryAfterMs: number;
}

export const CLOSED: Circuit = { failures: [], openUntil: 0, coolDownMs: FIRST_COOL_DOWN_MS, trialUntil: 0 };

/** Decides whether a call may go out. After its cool-down an open circuit permits one trial call at a time. */
export const permit = (circuit: Circuit, now: number): { circuit: Circuit; permit: Permit } => {
  if (circuit.openUntil === 0) return { circuit, permit: { allowed: true, retryAfterMs: 0 } };
  const waitMs = Math.max(circuit.openUntil, circuit.trialUntil) - now;
  if (waitMs > 0) return { circuit, permit: { allowed: false, retryAfterMs: waitMs } };
  return {
    circuit: { ...circuit, trialUntil: now + TRIAL_TIMEOUT_MS },
    permit: { allowed: true, retryAfterMs: 0 },
  };
};

/** Returns the state after a successful call: closed, with all failures forgotten. */
export const succeeded = (): Circuit => CLOSED;

/** Returns the state after a failed call. A failed trial doubles the cool-down, up to LONGEST_COOL_DOWN_MS. */
export const failed = (circuit: Circuit, now: number): Circuit => {
  if (circuit.openUntil > 0) {
    // This call was permitted before the circuit opened, so its failure is no new information.
    if (circuit.trialUntil === 0) return circuit;
    const coolDownMs = Math.min(LONGEST_COOL_DOWN_MS, circuit.coolDownMs * 2);
    return { ...circuit, coolDownMs, openUntil: now + coolDownMs, trialUntil: 0 };
  }
  const failures = [...circuit.failures.filter((at) => now - at < FAILURE_WINDOW_MS), now];
  if (failures.length < FAILURES_TO_OPEN) return { ...circuit, failures };
  return { failures: [], openUntil: now + circuit.coolDownMs, coolDownMs: circuit.coolDownMs, trialUntil: 0 };
};
