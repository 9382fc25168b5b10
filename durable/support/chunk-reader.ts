const READ_BYTES = 256 * 1_024;

/** Reads the bytes of a request until they end, its connection breaks, or somebody breaks it off. */
export class ChunkReader {
  private readonly reader: ReadableStreamBYOBReader | undefined;
  private scratch = new Uint8Array(READ_BYTES);
  private isBroken = false;

  constructor(body: ReadableStream<Uint8Array> | null) {
    this.reader = body?.getReader({ mode: "byob" });
  }

  /** What came next; good until the next call. */
  async read(): Promise<Uint8Array | "end" | "broken"> {
    if (this.isBroken) return "broken";
    try {
      const { done = true, value } = (await this.reader?.read(this.scratch)) ?? {};
      if (!done && value) {
        this.scratch = new Uint8Array(value.buffer);
        return value;
      }
      return this.isBroken ? "broken" : "end";
    } catch {
      return "broken";
    }
  }

  /** Lets go of it, also while a read waits for a connection that says nothing any more. */
  breakOff(): void {
    this.isBroken = true;
    this.reader?.cancel().catch(() => undefined);
  }
}
