import { PART_BYTES } from "../../src/core/uploads/protocol.ts";
import type { UploadStore } from "./upload-store.ts";

/**
 * Cuts a chunk into parts of one size, behind what is stored of the upload. A part goes to the bucket while the next one
 * fills: two are in memory, no more. `atOnce` makes each part count as soon as it is there; else nothing does before `end`,
 * and whoever stops before it leaves the upload as it was.
 */
export class PartWriter {
  private part = new Uint8Array(PART_BYTES);
  /** What the next part fills: these two take turns, for nobody knows when the runtime would give the memory of others back. */
  private spare: Uint8Array<ArrayBuffer> | undefined;
  private filled = 0;
  /** How much of the part is stored already. */
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

  /** Makes all of it count. Throws where a part did not reach the bucket: then nothing behind the one before it counts. */
  async end(): Promise<void> {
    await this.uploading;
    this.store.advance(this.uncounted, this.part.subarray(this.kept, this.filled));
  }

  /** Waits for what is under way, whatever becomes of it. */
  async stop(): Promise<void> {
    await this.uploading.catch(() => undefined);
  }

  private async send(): Promise<void> {
    await this.uploading;
    const { part } = this;
    this.uploading = this.upload(this.number++, part);
    // Looked at by the next one or the end; until then nobody does.
    this.uploading.catch(() => undefined);
    this.part = this.spare ?? new Uint8Array(PART_BYTES);
    this.spare = part;
    this.filled = 0;
    this.kept = 0;
  }

  private async upload(number: number, bytes: Uint8Array): Promise<void> {
    const part = await this.multipart.uploadPart(number, bytes);
    if (this.atOnce) this.store.advance([part], new Uint8Array());
    else this.uncounted.push(part);
  }
}
