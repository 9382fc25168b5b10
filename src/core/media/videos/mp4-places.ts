/** A stretch of a file. */
export interface Stretch {
  readonly start: number;
  readonly end: number;
}

/** Boxes that hold words about a film: who made it with what, and where. */
const WORDS: ReadonlySet<string> = new Set(["udta", "meta", "uuid"]);
const CONTAINERS: ReadonlySet<string> = new Set(["moov", "trak", "mdia", "minf"]);
/** A film's index is a few hundred kilobytes. */
const MAX_INDEX_BYTES = 32 * 1_024 * 1_024;
const BLOCK_BYTES = 64 * 1_024;
/** A recording in fragments of a tenth of a second has as many in two hours. */
const MAX_BOXES = 150_000;

/** Reads bytes of a file, fewer at its end. */
export type ReadBytes = (start: number, end: number) => Promise<Uint8Array>;

interface Box extends Stretch {
  readonly type: string;
  /** Where its content begins. */
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

/** Counts a box that is looked at, and throws for one more than any film has. */
type CountBox = () => void;

/** The boxes of words in the index, which lies at `base` of the file. It may be nested as deep as it has boxes. */
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

/** Reads heads of boxes a block at a time: a file may be nothing but boxes. */
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
 * Where an MP4 or QuickTime file tells of itself, its place among it. Boxes beside the index count too. Throws for one of
 * more boxes than any film has.
 */
export const findPlaces = async (read: ReadBytes, size: number): Promise<Stretch[]> => {
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
 * Writes over what of a chunk lies in a box of words: its type becomes "free", its content zero, its size stays. `first`
 * is the first place that may reach into the chunk; the answer is that of the next chunk, so that no chunk looks at all.
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

/** The same bytes with the stretches, in the order of the file, blanked: every offset in the file still holds. */
export const withoutPlaces = (
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
