import { type Clock, MINUTE_MS, SECOND_MS } from "../../lib/clock.ts";
import type { DomainError } from "../../lib/domain-error.ts";
import type { RateDecision, RateLimit } from "../limits/index.ts";

/** Wrong passwords of one meeting in a minute, whoever gives them. */
export const WRONG_PASSWORDS: RateLimit = { name: "wrong_passwords", limit: 20, windowMs: MINUTE_MS };

/** Until when passwords of meetings are not looked at, by meeting, ms UTC. May forget. */
export interface ClosedMeetings {
  readonly get: (meetingId: number) => number | undefined;
  readonly set: (meetingId: number, until: number) => unknown;
}

/**
 * Counts the wrong passwords of a meeting, wherever they come from: who has many addresses guesses no faster. Right ones cost no
 * call: an isolate remembers which meetings it found closed, and until when.
 */
export class PasswordGuesses {
  constructor(
    private readonly closedUntil: ClosedMeetings,
    private readonly take: (key: string, limits: readonly RateLimit[]) => Promise<RateDecision>,
    private readonly clock: Clock,
  ) {}

  /** Why a password is not even looked at, as far as is known here. */
  refusal(meetingId: number): DomainError | undefined {
    const waitMs = (this.closedUntil.get(meetingId) ?? 0) - this.clock();
    return waitMs > 0
      ? { code: "rate_limited", retryAfterSeconds: Math.ceil(waitMs / SECOND_MS) }
      : undefined;
  }

  /** What somebody is told whose password was wrong. */
  async countWrong(meetingId: number): Promise<DomainError> {
    const { allowed, resetAt } = await this.take(`meeting:passwords:${meetingId}`, [WRONG_PASSWORDS]);
    if (!allowed) this.closedUntil.set(meetingId, resetAt);
    return this.refusal(meetingId) ?? { code: "meeting_password_wrong" };
  }
}
