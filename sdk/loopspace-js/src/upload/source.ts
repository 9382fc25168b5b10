import { invalidArgument } from "../errors.js";

/**
 * What can be uploaded. In Node, `openAsBlob(path)` of `node:fs` gives a Blob that is read from the disk piece by piece.
 * A stream is read once, a piece at a time.
 */
export type UploadFile =
  | Blob
  | Uint8Array
  | ArrayBuffer
  | ReadableStream<Uint8Array>
  | AsyncIterable<Uint8Array>;

/** The bytes to upload, piece by piece. */
export interface Source {
  /** Bytes, all together. */
  readonly size: number;
  /** What the file is called, where it says so. */
  readonly name: string | undefined;
  /** The bytes from `start` up to `end`. Throws LoopspaceError where they do not come again, or are not there. */
  readonly read: (start: number, end: number) => Promise<Blob>;
  /** Lets go of what is not going to be read. */
  readonly close: () => Promise<void>;
}

const blobSource = (blob: Blob): Source => ({
  size: blob.size,
  name: (blob as Partial<File>).name,
  read: async (start, end) => blob.slice(start, end),
  close: async () => undefined,
});

/** Not every browser can iterate a stream. */
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

/** Keeps the piece that was read last: what was sent of it and did not arrive is sent again. */
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

  /** What is before `start` is read over. */
  const fill = async (start: number, end: number): Promise<void> => {
    while (keptTo < end) {
      const { done, value } = await pieces.next();
      if (done) throw invalidArgument(`the stream ended after ${keptTo} bytes, size says ${size}`);
      if (!(value instanceof Uint8Array)) throw invalidArgument("the stream is none of bytes");
      kept.push(value);
      keptTo += value.length;
      drop(start);
    }
    if (end < size) return;
    const more = keptTo > size || !(await pieces.next()).done;
    if (more) throw invalidArgument(`the stream has more bytes than size says (${size})`);
  };

  return {
    size,
    name: undefined,
    read: async (start, end) => {
      if (start < keptFrom) throw invalidArgument("the stream cannot be read again from an earlier place");
      drop(start);
      await fill(start, end);
      return new Blob(kept as BlobPart[]).slice(0, end - start);
    },
    close: async () => {
      // What went wrong was said where it was read.
      await pieces.return?.().catch(() => undefined);
      // A stream of Node that nobody began to read does not hear of its iterator's end.
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

/** Throws LoopspaceError for what cannot be uploaded. `size` is needed of a stream, and of nothing else. */
export const openSource = (file: UploadFile, size: number | undefined): Source => {
  if (typeof file !== "object" || file === null)
    throw invalidArgument("file is a Blob, bytes or a stream (of a path: openAsBlob of node:fs)");
  if (file instanceof ArrayBuffer || ArrayBuffer.isView(file))
    return blobSource(new Blob([file as BlobPart]));
  if (isBlob(file)) return blobSource(file);
  const pieces = iteratorOf(file);
  if (!pieces) throw invalidArgument("file is a Blob, bytes or a stream (of a path: openAsBlob of node:fs)");
  if (size === undefined || !Number.isSafeInteger(size) || size < 0)
    throw invalidArgument("size (bytes) has to be said of a stream");
  return streamSource(file, pieces, size);
};
