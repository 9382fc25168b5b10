/** The bytes of a file, read in ranges. */
export interface AudioSource {
  /** Size in bytes. */
  readonly size: number;
  /** Returns `length` bytes from `offset` on; fewer only at the end of the file. */
  readonly read: (offset: number, length: number) => Promise<Uint8Array>;
}

/**
 * Size of one read: small enough that a file of 100 MB is never in memory, large enough that it takes a hundred
 * reads.
 */
export const READ_BYTES = 1_024 * 1_024;

/** Returns a stored object as a source. Reads throw if the object no longer exists. */
export const storedAudio = (bucket: R2Bucket, key: string, size: number): AudioSource => ({
  size,
  read: async (offset, length) => {
    const object = await bucket.get(key, { range: { offset, length } });
    if (!object) throw new Error(`${key} is gone`);
    return new Uint8Array(await object.arrayBuffer());
  },
});

/** A source that remembers a failed read. */
export interface BufferedSource extends AudioSource {
  /**
   * Throws the error of a failed read, if there was one. Parsers swallow such an error and report a broken file
   * instead.
   */
  readonly rethrow: () => void;
}

/** Buffers a source for parsers that read a few bytes at many positions: a read fetches 1 MiB from its offset on. */
export const buffered = (source: AudioSource): BufferedSource => {
  const { size } = source;
  let start = 0;
  let window: Uint8Array = new Uint8Array();
  let failures: readonly unknown[] = [];
  const read: AudioSource["read"] = async (offset, length) => {
    try {
      return await source.read(offset, length);
    } catch (error) {
      failures = [error];
      throw error;
    }
  };
  return {
    size,
    read: async (offset, wanted) => {
      const length = Math.min(wanted, size - offset);
      if (length <= 0) return new Uint8Array();
      if (length > READ_BYTES) return read(offset, length);
      if (offset < start || offset + length > start + window.length) {
        window = await read(offset, Math.min(READ_BYTES, size - offset));
        start = offset;
      }
      return window.subarray(offset - start, offset - start + length);
    },
    rethrow: () => {
      for (const failure of failures) throw failure;
    },
  };
};

/**
 * Cuts whole frames off the beginning of `bytes`, passes each to its consumer, and returns the number of bytes that
 * are done. `isEnd` is true if no bytes follow; `offset` is the position of `bytes` in the file. Returns undefined to
 * stop early.
 */
export type CutFrames = (bytes: Uint8Array, isEnd: boolean, offset: number) => number | undefined;

/** Reads from `start` to `end` in pieces. Bytes that `cut` leaves over are put in front of the next piece. */
export const readPieces = async (
  source: AudioSource,
  start: number,
  end: number,
  cut: CutFrames,
): Promise<void> => {
  let rest = new Uint8Array();
  for (let at = start; at < end; ) {
    const piece = await source.read(at, Math.min(READ_BYTES, end - at));
    if (piece.length === 0) return;
    at += piece.length;
    const bytes = new Uint8Array(rest.length + piece.length);
    bytes.set(rest);
    bytes.set(piece, rest.length);
    const done = cut(bytes, at >= end, at - bytes.length);
    if (done === undefined) return;
    rest = bytes.slice(done);
  }
};
