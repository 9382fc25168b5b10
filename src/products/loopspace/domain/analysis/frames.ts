import type { CutFrames } from "./source.ts";

/** The fields that the header of a frame has in every format. */
export interface FrameHeader {
  /** Length of the whole frame including its header. */
  readonly bytes: number;
  /** A number that is the same for all frames of one stream. */
  readonly kind: number;
}

/** Reads the header that begins at `at`; undefined if there is none. At least `minBytes` bytes follow `at`. */
export type ReadHeader<Header extends FrameHeader> = (bytes: Uint8Array, at: number) => Header | undefined;

/**
 * Finds the frames of a stream whose headers state the frame length (MPEG audio, ADTS). Other bytes between frames
 * are skipped: after them, a frame only counts if another frame of the same kind follows it. `onFrame` receives each
 * frame and its end position in the file, and returns whether to continue.
 */
export const framesByLength = <Header extends FrameHeader>(
  minBytes: number,
  readHeader: ReadHeader<Header>,
  onFrame: (frame: Uint8Array, header: Header, end: number) => boolean,
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
      if (!onFrame(bytes.subarray(at, next), header, offset + next)) return undefined;
      at = next;
    }
    return at;
  };
};
