/** At most `limit` in any `windowMs`, or in each whole one of UTC where it is `calendar`. */
export interface RateLimit {
  readonly name: string;
  readonly limit: number;
  readonly windowMs: number;
  /** The take that uses the limit up closes it for this long, however the window slides. */
  readonly lockMs?: number;
  /** Looked at only: it refuses where it is used up, and is not consumed. */
  readonly peek?: true;
  /** Windows begin with the UTC day (or hour) and are empty at its end, instead of sliding. */
  readonly calendar?: true;
}

/** What became of a request. The figures are those of the limit that is closest to its end. */
export interface RateDecision {
  readonly allowed: boolean;
  /** Name of the limit the figures are of. */
  readonly name: string;
  readonly limit: number;
  readonly remaining: number;
  /** When one more is possible again (refused), or when the window is empty again (allowed). ms UTC. */
  readonly resetAt: number;
}
