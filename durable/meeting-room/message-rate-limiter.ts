/** Messages that may come at once. A mesh of ten peers needs about 300 to negotiate its connections. */
const BURST = 400;
const PER_SECOND = 60;

interface Bucket {
  tokens: number;
  at: number;
}

/**
 * A token bucket per socket, which limits its message rate. It is in memory only: a socket that is idle long enough
 * for this object to be evicted would have a full bucket anyway.
 */
export class MessageRateLimiter {
  private readonly buckets = new WeakMap<WebSocket, Bucket>();

  /** Consumes one token. Returns false if the socket has none left. */
  tryConsume(socket: WebSocket, now: number): boolean {
    const bucket = this.buckets.get(socket) ?? { tokens: BURST, at: now };
    bucket.tokens = Math.min(BURST, bucket.tokens + ((now - bucket.at) / 1_000) * PER_SECOND);
    bucket.at = now;
    this.buckets.set(socket, bucket);
    if (bucket.tokens < 1) return false;
    bucket.tokens--;
    return true;
  }
}
