import type { RateDecision, RateLimit } from "../../../../core/limits/index.ts";
import { type Clock, MINUTE_MS, SECOND_MS } from "../../../../lib/clock.ts";
import type { Failure } from "../../../../lib/domain-error.ts";

/** The limit of wrong passwords per meeting and minute, for all callers together. */
const WRONG_PASSWORDS: RateLimit = { name: "wrong_passwords", limit: 20, windowMs: MINUTE_MS };

/** For each meeting, the time until which passwords are not checked, ms UTC. A cache: entries may be lost. */
export interface ClosedMeetings {
  readonly get: (meetingId: number) => number | undefined;
  readonly set: (meetingId: number, until: number) => unknown;
}

/**
 * Counts the wrong passwords of a meeting across all addresses, so that an attacker with many addresses guesses no
 * faster. A correct password costs no call, because each isolate remembers which meetings are closed and until when.
 */
export class PasswordGuesses {
  constructor(
    private readonly closedUntil: ClosedMeetings,
    private readonly take: (key: string, limits: readonly RateLimit[]) => Promise<RateDecision>,
    private readonly clock: Clock,
  ) {}

  /** Returns why passwords of this meeting are not checked at present, as far as this isolate knows. */
  refusal(meetingId: number): Failure<"rate_limited"> | undefined {
    const waitMs = (this.closedUntil.get(meetingId) ?? 0) - this.clock();
    return waitMs > 0
      ? { code: "rate_limited", retryAfterSeconds: Math.ceil(waitMs / SECOND_MS) }
      : undefined;
  }

  /** Counts a wrong password and returns the error for the caller. */
  async countWrong(meetingId: number): Promise<Failure<"meeting_password_wrong" | "rate_limited">> {
    const { allowed, resetAt } = await this.take(`meeting:passwords:${meetingId}`, [WRONG_PASSWORDS]);
    if (!allowed) this.closedUntil.set(meetingId, resetAt);
    return this.refusal(meetingId) ?? { code: "meeting_password_wrong" };
  }
}
