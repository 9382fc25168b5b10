/** What comes in within so long is written together. */
const GATHER_MS = 5;

/** Writes what comes in at nearly the same time in one go: the database has one writer, and each transaction has its price. */
export class GroupWriter<T> {
  private waiting: T[] = [];
  private writing: Promise<void> | undefined;

  constructor(private readonly write: (items: readonly T[]) => Promise<void>) {}

  /** Resolves once the item is written; rejects where it may not be. */
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
