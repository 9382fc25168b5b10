import type { CutFrames } from "./source.ts";

/** What the header of a frame says of it. */
export interface FrameHeader {
  /** Of the whole frame with its header. */
  readonly bytes: number;
  /** Frames of one stream have the same. */
  readonly kind: number;
}

/** Reads the header that begins at `at`; undefined where none does. There are at least `minBytes` of it. */
export type ReadHeader<Header extends FrameHeader> = (bytes: Uint8Array, at: number) => Header | undefined;

/**
 * Finds the frames of a stream that says their lengths (MPEG audio, ADTS). What lies between them is passed over: a frame
 * after something else only counts when another of its kind follows it. `hear` is told where in the file a frame ends, and answers
 * whether it wants more.
 */
export const framesByLength = <Header extends FrameHeader>(
  minBytes: number,
  readHeader: ReadHeader<Header>,
  hear: (frame: Uint8Array, header: Header, end: number) => boolean,
): CutFrames => {
  let kind: number | undefined;
  let isInStep = false;

  const headerAt = (bytes: Uint8Array, at: number): Header | undefined => {
    const header = at + minBytes <= bytes.length ? readHeader(bytes, at) : undefined;
    return header && (kind === undefined || header.kind === kind) ? header : undefined;
  };

  return (bytes, isEnd, offset) => {
    let at = 0;
    while (at + minBytes <= bytes.length) {
      const header = headerAt(bytes, at);
      const next = at + (header?.bytes ?? 0);
      if (header && !isEnd && next + minBytes > bytes.length) return at;
      const isFrame =
        header !== undefined &&
        next <= bytes.length &&
        (isInStep || headerAt(bytes, next)?.kind === header.kind || (isEnd && next === bytes.length));
      if (!isFrame) {
        isInStep = false;
        at++;
        continue;
      }
      kind ??= header.kind;
      isInStep = true;
      if (!hear(bytes.subarray(at, next), header, offset + next)) return undefined;
      at = next;
    }
    return at;
  };
};
