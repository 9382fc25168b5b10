import QuickLRU from "quick-lru";

interface Bucket {
  tokens: number;
  at: number;
}

/**
 * Token buckets per address in the memory of this isolate. They need no call to a durable object, and their number is
 * bounded. They are not exact across isolates, which is sufficient for slowing down guesses.
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

  /** Consumes a token and returns 0. If there is none, returns the milliseconds until the next one. */
  consume(address: string, now: number): number {
    const bucket = this.refill(address, now);
    if (bucket.tokens < 1) return Math.ceil(((1 - bucket.tokens) * this.windowMs) / this.capacity);
    bucket.tokens--;
    return 0;
  }

  /** Refunds the token of a request that turned out not to count. */
  refund(address: string): void {
    const bucket = this.buckets.get(address);
    if (bucket) bucket.tokens = Math.min(this.capacity, bucket.tokens + 1);
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
