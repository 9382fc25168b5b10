/** Bytes that lie somewhere, to be read in stretches. */
export interface AudioSource {
  /** Bytes. */
  readonly size: number;
  /** The bytes from `offset` on, `length` of them; fewer only at the end. */
  readonly read: (offset: number, length: number) => Promise<Uint8Array>;
}

/** One read. Small enough that a file of 100 MB is never in memory, large enough that it is read in a hundred of them. */
export const READ_BYTES = 1_024 * 1_024;

/** A stored object as a source. Throws where it is gone. */
export const storedAudio = (bucket: R2Bucket, key: string, size: number): AudioSource => ({
  size,
  read: async (offset, length) => {
    const object = await bucket.get(key, { range: { offset, length } });
    if (!object) throw new Error(`${key} is gone`);
    return new Uint8Array(await object.arrayBuffer());
  },
});

/** A source that remembers. */
export interface WatchedSource extends AudioSource {
  /** Throws what the source threw, if it did: parsers take it for a broken file. */
  readonly rethrow: () => void;
}

/** The same source for who reads a few bytes here and there: what lies behind the last of them is kept. */
export const windowed = (source: AudioSource): WatchedSource => {
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
 * Cuts whole frames off the beginning of `bytes`, gives each to whoever wants them, and answers how many bytes it is done
 * with. `isEnd` says that nothing follows, `offset` where in the file they lie. Answers undefined to end early.
 */
export type CutFrames = (bytes: Uint8Array, isEnd: boolean, offset: number) => number | undefined;

/** Reads from `start` to `end` piece by piece; what a piece left over comes again before the next. */
export const eachPiece = async (
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
