/** How long items are collected into one write. */
const GATHER_MS = 5;

/**
 * Writes items that arrive at nearly the same time together: D1 has one writer, and each transaction has a fixed
 * cost.
 */
export class GroupWriter<T> {
  private waiting: T[] = [];
  private writing: Promise<void> | undefined;

  constructor(private readonly write: (items: readonly T[]) => Promise<void>) {}

  /** Resolves once the item is written; rejects if a write failed, in which case the item may not be written. */
  add(item: T): Promise<void> {
    this.waiting.push(item);
    this.writing ??= this.drain();
    return this.writing;
  }

  private async drain(): Promise<void> {
    try {
      while (this.waiting.length > 0) {
        await new Promise((resolve) => setTimeout(resolve, GATHER_MS));
        await this.write(this.waiting.splice(0));
      }
    } finally {
      this.writing = undefined;
    }
  }
}
