import { cleanId3Tag, ID3_HEADER_BYTES } from "./id3-clean.ts";
import type { AudioSource } from "./source.ts";

/** A larger tag is not rewritten; the parser gets it unchanged and may refuse it. */
const MAX_TAG_BYTES = 16 * 1_024 * 1_024;
const RIFF_HEADER_BYTES = 12;
const MAX_CHUNKS = 1_000;

interface Stretch {
  readonly start: number;
  readonly end: number;
}

/** Returns a source in which `bytes` replace one stretch of the original. */
const replaced = ({ size, read }: AudioSource, { start, end }: Stretch, bytes: Uint8Array): AudioSource => {
  const shift = bytes.length - (end - start);
  return {
    size: size + shift,
    read: async (offset, length) => {
      const out = new Uint8Array(Math.max(0, Math.min(length, size + shift - offset)));
      let done = 0;
      while (done < out.length) {
        const at = offset + done;
        const isInside = at >= start && at < start + bytes.length;
        const left = out.length - done;
        const piece = isInside
          ? bytes.subarray(at - start, Math.min(bytes.length, at - start + left))
          : at < start
            ? await read(at, Math.min(left, start - at))
            : await read(at - shift, left);
        if (piece.length === 0) return out.subarray(0, done);
        out.set(piece, done);
        done += piece.length;
      }
      return out;
    },
  };
};

const textAt = (bytes: Uint8Array, at: number, length: number): string =>
  String.fromCharCode(...bytes.subarray(at, at + length));

/**
 * Finds the ID3v2 tag at the start of a file; undefined if there is none, or if it claims more than the file or the
 * limit.
 */
const findTag = async ({ size, read }: AudioSource): Promise<Stretch | undefined> => {
  const head = await read(0, ID3_HEADER_BYTES);
  if (head.length < ID3_HEADER_BYTES || textAt(head, 0, 3) !== "ID3") return undefined;
  const end = head.subarray(6).reduce((sum, byte) => (sum << 7) | (byte & 0x7f), 0) + ID3_HEADER_BYTES;
  return end <= Math.min(size, MAX_TAG_BYTES) ? { start: 0, end } : undefined;
};

/** Finds the ID3v2 tag of a WAV file, which is in a chunk of its own. */
const findTagChunk = async ({ size, read }: AudioSource): Promise<Stretch | undefined> => {
  for (let i = 0, at = RIFF_HEADER_BYTES; i < MAX_CHUNKS && at + 8 <= size; i++) {
    const head = await read(at, 8);
    const length = new DataView(head.buffer, head.byteOffset).getUint32(4, true);
    const end = at + 8 + length;
    if (textAt(head, 0, 4).toLowerCase() === "id3 ")
      return end <= size && length <= MAX_TAG_BYTES ? { start: at + 8, end } : undefined;
    at = end + (length % 2);
  }
  return undefined;
};

/** Rewrites a tag; undefined if that fails, and then the parser reads the original. */
const cleaned = (tag: Uint8Array): Uint8Array | undefined => {
  try {
    return cleanId3Tag(tag);
  } catch {
    return undefined;
  }
};

/** Returns the same file with its ID3v2 tag rewritten so that any parser can read it. */
export const withCleanTag = async (source: AudioSource): Promise<AudioSource> => {
  const isRiff = textAt(await source.read(0, 4), 0, 4) === "RIFF";
  const stretch = isRiff ? await findTagChunk(source) : await findTag(source);
  if (!stretch) return source;
  const length = stretch.end - stretch.start;
  const tag = cleaned(await source.read(stretch.start, length));
  if (!tag) return source;
  if (!isRiff) return replaced(source, stretch, tag);
  // The chunk keeps its size, so a tag that became longer does not fit.
  if (tag.length > length) return source;
  const padded = new Uint8Array(length);
  padded.set(tag);
  return replaced(source, stretch, padded);
};
