import { PART_BYTES } from "../../src/core/uploads/protocol.ts";
import type { UploadStore } from "./store.ts";

/**
 * Cuts a chunk into parts of equal size, starting after the stored bytes of the upload. One part is uploaded while
 * the next one fills, so at most two are in memory. With `atOnce` each part counts as soon as it is in the bucket.
 * Without it nothing counts before `end`, and a chunk that stops earlier leaves the upload unchanged.
 */
export class PartWriter {
  private part = new Uint8Array(PART_BYTES);
  /** The buffer of the next part. Two buffers alternate: the runtime may free discarded ones too late. */
  private spare: Uint8Array<ArrayBuffer> | undefined;
  private filled = 0;
  /** How many bytes of the current part are stored in the tail already. */
  private kept: number;
  private number: number;
  private readonly uncounted: R2UploadedPart[] = [];
  private uploading: Promise<void> = Promise.resolve();

  constructor(
    private readonly store: UploadStore,
    private readonly multipart: R2MultipartUpload,
    private readonly atOnce: boolean,
  ) {
    const tail = store.tail();
    this.part.set(tail);
    this.filled = tail.length;
    this.kept = tail.length;
    this.number = store.parts().length + 1;
  }

  async write(chunk: Uint8Array): Promise<void> {
    for (let taken = 0; taken < chunk.length; ) {
      const room = Math.min(PART_BYTES - this.filled, chunk.length - taken);
      this.part.set(chunk.subarray(taken, taken + room), this.filled);
      this.filled += room;
      taken += room;
      if (this.filled === PART_BYTES) await this.send();
    }
  }

  /**
   * Makes all written bytes count. Throws if a part did not reach the bucket; then that part and all after it do not
   * count.
   */
  async end(): Promise<void> {
    await this.uploading;
    this.store.countBytes(this.uncounted, this.part.subarray(this.kept, this.filled));
  }

  /** Waits for the upload in progress and ignores its result. */
  async stop(): Promise<void> {
    await this.uploading.catch(() => undefined);
  }

  private async send(): Promise<void> {
    await this.uploading;
    const { part } = this;
    this.uploading = this.upload(this.number++, part);
    // The next `send` or `end` awaits this promise. Until then an error must not count as an unhandled rejection.
    this.uploading.catch(() => undefined);
    this.part = this.spare ?? new Uint8Array(PART_BYTES);
    this.spare = part;
    this.filled = 0;
    this.kept = 0;
  }

  private async upload(number: number, bytes: Uint8Array): Promise<void> {
    const part = await this.multipart.uploadPart(number, bytes);
    if (this.atOnce) this.store.countBytes([part], new Uint8Array());
    else this.uncounted.push(part);
  }
}
