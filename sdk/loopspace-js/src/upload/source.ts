import { invalidArgument } from "../errors.js";

/**
 * The types that can be uploaded. In Node, `openAsBlob(path)` of `node:fs` returns a Blob that is read from the disk
 * in chunks. A stream is read once, in chunks, and needs `size`.
 */
export type UploadFile =
  | Blob
  | Uint8Array
  | ArrayBuffer
  | ReadableStream<Uint8Array>
  | AsyncIterable<Uint8Array>;

/** The bytes to upload. */
export interface Source {
  /** The total number of bytes. */
  readonly size: number;
  /** The file name, where the file has one. */
  readonly name: string | undefined;
  /**
   * Returns the bytes from `start` up to `end`. Throws LoopspaceError where a stream has passed them, or has no more.
   */
  readonly read: (start: number, end: number) => Promise<Blob>;
  /** Releases the stream, also where it was not read to its end. */
  readonly close: () => Promise<void>;
}

const blobSource = (blob: Blob): Source => ({
  size: blob.size,
  name: (blob as Partial<File>).name,
  read: async (start, end) => blob.slice(start, end),
  close: async () => undefined,
});

/** Iterates a stream by its reader, because some browsers have no async iteration of streams. */
const piecesOf = (stream: ReadableStream<Uint8Array>): AsyncIterator<Uint8Array, undefined> => {
  const reader = stream.getReader();
  return {
    next: () => reader.read() as Promise<IteratorResult<Uint8Array, undefined>>,
    return: async () => {
      await reader.cancel();
      return { done: true, value: undefined };
    },
  };
};

/** Reads a stream. It keeps the bytes of the last chunk, to send again those that did not arrive. */
const streamSource = (file: object, pieces: AsyncIterator<Uint8Array>, size: number): Source => {
  const kept: Uint8Array[] = [];
  let keptFrom = 0;
  let keptTo = 0;

  const drop = (before: number): void => {
    for (let first = kept[0]; first && keptFrom < before; first = kept[0]) {
      const dropped = Math.min(first.length, before - keptFrom);
      if (dropped === first.length) kept.shift();
      else kept[0] = first.subarray(dropped);
      keptFrom += dropped;
    }
  };

  /** Reads up to `end` and drops the bytes before `start`. */
  const fill = async (start: number, end: number): Promise<void> => {
    while (keptTo < end) {
      const { done, value } = await pieces.next();
      if (done) throw invalidArgument(`the stream ended after ${keptTo} bytes, but size is ${size}`);
      if (!(value instanceof Uint8Array)) throw invalidArgument("the stream must consist of Uint8Array");
      kept.push(value);
      keptTo += value.length;
      drop(start);
    }
    if (end < size) return;
    const more = keptTo > size || !(await pieces.next()).done;
    if (more) throw invalidArgument(`the stream has more bytes than size (${size})`);
  };

  return {
    size,
    name: undefined,
    read: async (start, end) => {
      if (start < keptFrom) throw invalidArgument("the stream cannot be read again from an earlier position");
      drop(start);
      await fill(start, end);
      return new Blob(kept as BlobPart[]).slice(0, end - start);
    },
    close: async () => {
      // An error of the stream was already thrown where it was read.
      await pieces.return?.().catch(() => undefined);
      // Ending the iterator does not close a Node stream that was never read from.
      (file as { destroy?: () => void }).destroy?.();
    },
  };
};

const isBlob = (file: object): file is Blob =>
  file instanceof Blob || ("arrayBuffer" in file && "slice" in file);

const iteratorOf = (file: object): AsyncIterator<Uint8Array> | undefined => {
  if ("getReader" in file) return piecesOf(file as ReadableStream<Uint8Array>);
  return (file as Partial<AsyncIterable<Uint8Array>>)[Symbol.asyncIterator]?.();
};

/** Returns a source for a file. `size` is required for a stream and ignored otherwise. Throws `INVALID_ARGUMENT`. */
export const openSource = (file: UploadFile, size: number | undefined): Source => {
  if (typeof file !== "object" || file === null)
    throw invalidArgument("file must be a Blob, bytes or a stream (for a path, use openAsBlob of node:fs)");
  if (file instanceof ArrayBuffer || ArrayBuffer.isView(file))
    return blobSource(new Blob([file as BlobPart]));
  if (isBlob(file)) return blobSource(file);
  const pieces = iteratorOf(file);
  if (!pieces)
    throw invalidArgument("file must be a Blob, bytes or a stream (for a path, use openAsBlob of node:fs)");
  if (size === undefined || !Number.isSafeInteger(size) || size < 0)
    throw invalidArgument("size (in bytes) is required for a stream");
  return streamSource(file, pieces, size);
};
