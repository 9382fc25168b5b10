/**
 * At most `limit` units in any period of `windowMs`, or in each fixed UTC period of that length if `calendar` is set.
 */
export interface RateLimit {
  readonly name: string;
  readonly limit: number;
  readonly windowMs: number;
  /** The unit that uses up the limit also locks it for this time, even if the window slides on earlier. */
  readonly lockMs?: number;
  /** The limit is only checked: it refuses the request if it is used up, but the request does not consume it. */
  readonly peek?: true;
  /** The window does not slide: it begins with the UTC day (or hour) and is reset at its end. */
  readonly calendar?: true;
}

/** The decision about a request, with the figures of the limit that refused it or has the fewest units left. */
export interface RateDecision {
  readonly allowed: boolean;
  /** The name of the limit that the figures describe. */
  readonly name: string;
  readonly limit: number;
  readonly remaining: number;
  /**
   * When refused: the time from which one more unit is allowed. When allowed: the time at which the window is empty.
   * ms UTC
   */
  readonly resetAt: number;
}
