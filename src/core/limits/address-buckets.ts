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

  /** Takes a token and gives 0, or takes none and gives the milliseconds until there is one. */
  take(address: string, now: number): number {
    const bucket = this.refill(address, now);
    if (bucket.tokens < 1) return Math.ceil(((1 - bucket.tokens) * this.windowMs) / this.capacity);
    bucket.tokens--;
    return 0;
  }

  /** Puts back the token of what turned out to cost none. */
  giveBack(address: string): void {
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
