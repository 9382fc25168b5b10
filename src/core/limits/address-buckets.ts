import QuickLRU from "quick-lru";

interface Bucket {
  tokens: number;
  at: number;
}

/**
 * Token buckets by address in the memory of this isolate: no call, no wait, bounded. Not exact across isolates, which
 * is fine for what it guards: guessing that has to be slow, not counted.
 */
export class AddressBuckets {
  private readonly buckets: QuickLRU<string, Bucket>;

  constructor(
    private readonly capacity: number,
    private readonly windowMs: number,
    maxAddresses = 20_000,
  ) {
    this.buckets = new QuickLRU({ maxSize: maxAddresses });
  }

  /** Milliseconds until this address has a token again; 0 if it has one now. Takes nothing. */
  waitMs(address: string, now: number): number {
    const tokens = this.refill(address, now).tokens;
    return tokens >= 1 ? 0 : Math.ceil(((1 - tokens) * this.windowMs) / this.capacity);
  }

  /** Takes one token, if there is one. */
  take(address: string, now: number): void {
    const bucket = this.refill(address, now);
    bucket.tokens = Math.max(0, bucket.tokens - 1);
  }

  private refill(address: string, now: number): Bucket {
    const bucket = this.buckets.get(address);
    if (!bucket) {
      const fresh = { tokens: this.capacity, at: now };
      this.buckets.set(address, fresh);
      return fresh;
    }
    bucket.tokens = Math.min(
      this.capacity,
      bucket.tokens + ((now - bucket.at) * this.capacity) / this.windowMs,
    );
    bucket.at = now;
    return bucket;
  }
}
