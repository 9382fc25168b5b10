/** At most `limit` in any `windowMs`. */
export interface RateLimit {
  readonly name: string;
  readonly limit: number;
  readonly windowMs: number;
  /** The take that uses the limit up closes it for this long, however the window slides. */
  readonly lockMs?: number;
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
