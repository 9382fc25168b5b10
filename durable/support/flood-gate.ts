/** Messages at once: a mesh of ten negotiates with some three hundred. */
const BURST = 400;
const PER_SECOND = 60;

interface Bucket {
  tokens: number;
  at: number;
}

/** How much a socket may say. In memory: one that rests long enough to be forgotten has a full bucket anyway. */
export class FloodGate {
  private readonly buckets = new WeakMap<WebSocket, Bucket>();

  /** Whether one more may pass. */
  pass(socket: WebSocket, now: number): boolean {
    const bucket = this.buckets.get(socket) ?? { tokens: BURST, at: now };
    bucket.tokens = Math.min(BURST, bucket.tokens + ((now - bucket.at) / 1_000) * PER_SECOND);
    bucket.at = now;
    this.buckets.set(socket, bucket);
    if (bucket.tokens < 1) return false;
    bucket.tokens--;
    return true;
  }
}
