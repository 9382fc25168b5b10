const READ_BYTES = 256 * 1_024;

/** Reads the bytes of a request until they end, its connection breaks, or `cancel` is called. */
export class ChunkReader {
  private readonly reader: ReadableStreamBYOBReader | undefined;
  private scratch = new Uint8Array(READ_BYTES);
  private isBroken = false;

  constructor(body: ReadableStream<Uint8Array> | null) {
    this.reader = body?.getReader({ mode: "byob" });
  }

  /** Returns the next bytes. The buffer is reused, so they are valid until the next call. */
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

  /** Cancels the reader, also while a read waits for a silent connection. */
  cancel(): void {
    this.isBroken = true;
    this.reader?.cancel().catch(() => undefined);
  }
}
