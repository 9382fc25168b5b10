/** R2 needs parts of equal size, at least 5 MiB each. */
const PART_BYTES = 8 * 1_024 * 1_024;

/** The body is longer than the caller's limit. */
export class MediaTooLargeError extends Error {
  override readonly name = "MediaTooLargeError";
}

/**
 * Stores an object in R2 when its database row exists already. At most a few parts of a stream are in memory. An
 * object that is stored before its row needs a `TrackedMediaStore`.
 */
export class MediaStore {
  constructor(readonly bucket: R2Bucket) {}

  /** Stores bytes or a stream of a known length. A stream that ends early is an error, and nothing is stored. */
  async put(
    key: string,
    body: Uint8Array | ReadableStream,
    contentType: string,
    length?: number,
  ): Promise<void> {
    const options = { httpMetadata: { contentType } };
    await this.recordKey(key);
    if (body instanceof Uint8Array) {
      await this.bucket.put(key, body, options);
    } else if (length !== undefined) {
      const fixed = new FixedLengthStream(length);
      await Promise.all([body.pipeTo(fixed.writable), this.bucket.put(key, fixed.readable, options)]);
    } else {
      throw new TypeError("a stream needs its length: see putUnknownLength");
    }
  }

  /** Stores a stream of unknown length in parts and returns its length in bytes. */
  async putUnknownLength(
    key: string,
    body: ReadableStream<Uint8Array>,
    contentType: string,
    maxBytes: number,
  ): Promise<number> {
    const parts = partsOf(body, maxBytes);
    const first = await parts.next();
    const second = await parts.next();
    if (first.done || second.done) {
      const bytes = first.done ? new Uint8Array() : first.value;
      await this.put(key, bytes, contentType);
      return bytes.length;
    }
    await this.recordKey(key);
    const upload = await this.bucket.createMultipartUpload(key, { httpMetadata: { contentType } });
    try {
      const uploaded = [await upload.uploadPart(1, first.value), await upload.uploadPart(2, second.value)];
      let total = first.value.length + second.value.length;
      for await (const part of parts) {
        uploaded.push(await upload.uploadPart(uploaded.length + 1, part));
        total += part.length;
      }
      await upload.complete(uploaded);
      return total;
    } catch (error) {
      await upload.abort();
      throw error;
    }
  }

  async delete(keys: readonly string[]): Promise<void> {
    if (keys.length > 0) await this.bucket.delete([...keys]);
  }

  protected async recordKey(_key: string): Promise<void> {}
}

/**
 * Stores an object before its database row is written. It records the key first, so that an object that never gets a
 * row is found and removed. A `MediaStore` is not assignable to this type.
 */
export class TrackedMediaStore extends MediaStore {
  /** `track` records a key before its object is stored; if it fails, nothing is stored. */
  constructor(
    bucket: R2Bucket,
    private readonly track: (key: string) => Promise<void>,
  ) {
    super(bucket);
  }

  protected override recordKey(key: string): Promise<void> {
    return this.track(key);
  }
}

/** Splits a stream into parts of equal size; the last part may be shorter. */
async function* partsOf(body: ReadableStream<Uint8Array>, maxBytes: number): AsyncGenerator<Uint8Array> {
  let part = new Uint8Array(PART_BYTES);
  let filled = 0;
  let total = 0;
  for await (const chunk of body) {
    total += chunk.length;
    if (total > maxBytes) throw new MediaTooLargeError(`more than ${maxBytes} bytes`);
    let taken = 0;
    while (taken < chunk.length) {
      const room = Math.min(PART_BYTES - filled, chunk.length - taken);
      part.set(chunk.subarray(taken, taken + room), filled);
      filled += room;
      taken += room;
      if (filled === PART_BYTES) {
        yield part;
        part = new Uint8Array(PART_BYTES);
        filled = 0;
      }
    }
  }
  if (filled > 0) yield part.subarray(0, filled);
}
