/** A range of bytes in a file. */
export interface Stretch {
  readonly start: number;
  readonly end: number;
}

/** Boxes that hold metadata of a video, such as its author, device and location. */
const WORDS: ReadonlySet<string> = new Set(["udta", "meta", "uuid"]);
const CONTAINERS: ReadonlySet<string> = new Set(["moov", "trak", "mdia", "minf"]);
/** The index of a video usually has a few hundred kilobytes. */
const MAX_INDEX_BYTES = 32 * 1_024 * 1_024;
const BLOCK_BYTES = 64 * 1_024;
/** A recording in fragments of a tenth of a second reaches about this number in two hours. */
const MAX_BOXES = 150_000;

/** Reads bytes of a file; fewer at the end of the file. */
export type ReadBytes = (start: number, end: number) => Promise<Uint8Array>;

interface Box extends Stretch {
  readonly type: string;
  /** Position of the content of the box. */
  readonly content: number;
}

const boxAt = (bytes: Uint8Array, at: number, limit: number, base: number): Box | undefined => {
  if (at + 8 > bytes.length) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const size = view.getUint32(at);
  const type = String.fromCharCode(...bytes.subarray(at + 4, at + 8));
  const isLong = size === 1 && at + 16 <= bytes.length;
  const length = isLong ? Number(view.getBigUint64(at + 8)) : size === 0 ? limit - (base + at) : size;
  const start = base + at;
  if (length < 8 || start + length > limit) return undefined;
  return { type, start, content: start + (isLong ? 16 : 8), end: start + length };
};

/** Counts a box that is read, and throws if there are more than `MAX_BOXES`. */
type CountBox = () => void;

/**
 * Finds the metadata boxes in the index, which begins at `base` in the file. It does not recurse, because boxes may
 * be nested to any depth.
 */
const wordsIn = (index: Uint8Array, base: number, moov: Box, countBox: CountBox): Stretch[] => {
  const found: Stretch[] = [];
  const pending: Stretch[] = [{ start: moov.content, end: moov.end }];
  for (let inside = pending.pop(); inside; inside = pending.pop()) {
    for (let at = inside.start; at < inside.end; ) {
      countBox();
      const box = boxAt(index, at - base, inside.end, base);
      if (!box) break;
      if (WORDS.has(box.type)) found.push({ start: box.start, end: box.end });
      else if (CONTAINERS.has(box.type)) pending.push({ start: box.content, end: box.end });
      at = box.end;
    }
  }
  return found;
};

/** Reads box headers through a buffer of 64 KiB, because a file may consist of small boxes only. */
const inBlocks = (read: ReadBytes, size: number): ReadBytes => {
  let block = new Uint8Array();
  let from = 0;
  return async (start, end) => {
    if (start < from || end > from + block.length) {
      from = start;
      block = new Uint8Array(await read(start, Math.min(size, Math.max(end, start + BLOCK_BYTES))));
    }
    return block.subarray(start - from, end - from);
  };
};

/**
 * Finds the stretches of an MP4 or QuickTime file that hold metadata, which may include the location. Boxes outside
 * the index are included. Throws if the file has more boxes than any real video.
 */
export const findMetadata = async (read: ReadBytes, size: number): Promise<Stretch[]> => {
  const found: Stretch[] = [];
  const readHead = inBlocks(read, size);
  let boxes = 0;
  const countBox = (): void => {
    if (++boxes > MAX_BOXES) throw new RangeError("too many boxes");
  };
  for (let at = 0; at < size; ) {
    countBox();
    const head = await readHead(at, Math.min(size, at + 16));
    const box = boxAt(head, 0, size, at);
    if (!box) break;
    if (WORDS.has(box.type)) found.push({ start: box.start, end: box.end });
    if (box.type === "moov" && box.end - box.start <= MAX_INDEX_BYTES) {
      const index = await read(box.start, box.end);
      for (const words of wordsIn(index, box.start, box, countBox)) found.push(words);
    }
    at = box.end;
  }
  return found.sort((a, b) => a.start - b.start);
};

const FREE = new TextEncoder().encode("free");

/**
 * Overwrites the part of the metadata boxes that lies in a chunk: their type becomes "free", their content zeros, and
 * their size stays. `first` is the index of the first stretch that may overlap the chunk. Returns that index for the
 * next chunk, so that a chunk does not check all stretches.
 */
const blank = (chunk: Uint8Array, offset: number, places: readonly Stretch[], first: number): number => {
  let next = first;
  for (let index = first, place = places[index]; place; place = places[++index]) {
    const { start, end } = place;
    if (start >= offset + chunk.length) break;
    if (end <= offset + chunk.length) next = index + 1;
    const from = Math.max(start + 4, offset);
    const until = Math.min(end, offset + chunk.length);
    for (let at = from; at < until; at++) chunk[at - offset] = FREE[at - start - 4] ?? 0;
  }
  return next;
};

/**
 * Returns the same bytes with the given stretches blanked, which have to be in ascending order. Sizes stay the same,
 * so every offset in the file remains valid.
 */
export const blankMetadata = (
  body: ReadableStream<Uint8Array>,
  places: readonly Stretch[],
): ReadableStream<Uint8Array> => {
  if (places.length === 0) return body;
  let offset = 0;
  let next = 0;
  return body.pipeThrough(
    new TransformStream<Uint8Array, Uint8Array>({
      transform(chunk, controller) {
        const copy = chunk.slice();
        next = blank(copy, offset, places, next);
        offset += copy.length;
        controller.enqueue(copy);
      },
    }),
  );
};
