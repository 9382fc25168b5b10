import { MINUTE_MS, SECOND_MS } from "../../src/lib/clock.ts";

/** So many failures within so long, and nobody is let through for a while. */
const FAILURES_TO_OPEN = 5;
const FAILURE_WINDOW_MS = MINUTE_MS;
const FIRST_COOL_DOWN_MS = 30 * SECOND_MS;
const LONGEST_COOL_DOWN_MS = 5 * MINUTE_MS;
/** A trial that has said nothing by then never will. */
const TRIAL_TIMEOUT_MS = MINUTE_MS;

/** What a circuit breaker remembers. Times are ms UTC, 0 for never. */
export interface Circuit {
  /** When calls failed lately. */
  readonly failures: readonly number[];
  /** 0 while it is closed. */
  readonly openUntil: number;
  readonly coolDownMs: number;
  /** Until when the one trial of an open circuit is under way. */
  readonly trialUntil: number;
}

export interface Permit {
  readonly allowed: boolean;
  /** How long to wait before asking again; 0 where it is allowed. */
  readonly retryAfterMs: number;
}

export const CLOSED: Circuit = { failures: [], openUntil: 0, coolDownMs: FIRST_COOL_DOWN_MS, trialUntil: 0 };

/** Whether a call may go out. An open circuit lets one trial through after its cool-down, and then only that one. */
export const permit = (circuit: Circuit, now: number): { circuit: Circuit; permit: Permit } => {
  if (circuit.openUntil === 0) return { circuit, permit: { allowed: true, retryAfterMs: 0 } };
  const waitMs = Math.max(circuit.openUntil, circuit.trialUntil) - now;
  if (waitMs > 0) return { circuit, permit: { allowed: false, retryAfterMs: waitMs } };
  return {
    circuit: { ...circuit, trialUntil: now + TRIAL_TIMEOUT_MS },
    permit: { allowed: true, retryAfterMs: 0 },
  };
};

/** A call went well: whatever was wrong is over. */
export const succeeded = (): Circuit => CLOSED;

/** A call failed. A failed trial waits twice as long for the next one. */
export const failed = (circuit: Circuit, now: number): Circuit => {
  if (circuit.openUntil > 0) {
    // Calls let through before it opened fail now: they say nothing new.
    if (circuit.trialUntil === 0) return circuit;
    const coolDownMs = Math.min(LONGEST_COOL_DOWN_MS, circuit.coolDownMs * 2);
    return { ...circuit, coolDownMs, openUntil: now + coolDownMs, trialUntil: 0 };
  }
  const failures = [...circuit.failures.filter((at) => now - at < FAILURE_WINDOW_MS), now];
  if (failures.length < FAILURES_TO_OPEN) return { ...circuit, failures };
  return { failures: [], openUntil: now + circuit.coolDownMs, coolDownMs: circuit.coolDownMs, trialUntil: 0 };
};
