import { type Codebook, SPECTRUM } from "./aac-codebooks.ts";
import type { Bits } from "./bits.ts";

/** The coded data of a frame is invalid. */
export class BrokenFrame extends Error {
  override readonly name = "BrokenFrame";
}

export const readSymbol = ({ counts, symbols }: Codebook, bits: Bits): number => {
  let code = 0;
  let first = 0;
  let index = 0;
  for (let length = 0; length < counts.length; length++) {
    const count = counts[length] ?? 0;
    code |= bits.bit();
    if (code - first < count) return symbols[index + code - first] ?? 0;
    index += count;
    first = (first + count) << 1;
    code <<= 1;
  }
  throw new BrokenFrame();
};

/** Totals for each codeword of one codebook. The arrays are indexed by the symbol that the Huffman code yields. */
interface Words {
  /** Spectral lines per codeword. */
  readonly lines: number;
  /** Sum of the magnitudes of the lines. */
  readonly size: Float64Array;
  /** Sum of the squares of the lines. */
  readonly energy: Float64Array;
  /** Number of sign bits that follow the codeword. */
  readonly signs: Uint8Array;
}

/** Inverse quantization: a line has the coded value to the power of 4/3. */
const sizeOf = (value: number): number => Math.abs(value) ** (4 / 3);

const wordsOf = (lines: number, range: number, isSigned: boolean): Words => {
  const base = isSigned ? 2 * range + 1 : range + 1;
  const values = Array.from({ length: base ** lines }, (_, symbol) =>
    Array.from({ length: lines }, (_, i) => {
      const digit = Math.floor(symbol / base ** i) % base;
      return isSigned ? digit - range : digit;
    }),
  );
  const summed = (of: (value: number) => number) =>
    values.map((word) => word.reduce((sum, value) => sum + of(value), 0));
  return {
    lines,
    size: Float64Array.from(summed(sizeOf)),
    energy: Float64Array.from(summed((value) => sizeOf(value) ** 2)),
    signs: Uint8Array.from(summed((value) => (isSigned || value === 0 ? 0 : 1))),
  };
};

/** The codebooks in order; the first has the number 1. */
const WORDS: readonly Words[] = [
  wordsOf(4, 1, true),
  wordsOf(4, 1, true),
  wordsOf(4, 2, false),
  wordsOf(4, 2, false),
  wordsOf(2, 4, true),
  wordsOf(2, 4, true),
  wordsOf(2, 7, false),
  wordsOf(2, 7, false),
  wordsOf(2, 12, false),
  wordsOf(2, 12, false),
  wordsOf(2, 16, false),
];

/** In codebook 11 the value 16 is an escape: the actual value follows in the bit stream. */
const ESCAPE = 11;
const ESCAPED = 16;
const ESCAPE_BASE = 17;
const MAX_ESCAPE_BITS = 12;

const readEscaped = (value: number, bits: Bits): number => {
  if (value < ESCAPED) return value;
  let length = 4;
  while (bits.bit() === 1) if (++length > MAX_ESCAPE_BITS) throw new BrokenFrame();
  return 2 ** length + bits.read(length);
};

/**
 * Sum of the magnitudes of spectral lines, and of their squares. A frame has about a hundred such sums, so one object
 * is reused.
 */
export interface Lines {
  size: number;
  energy: number;
}

/** Reads `count` spectral lines into `lines`, without applying their scale factor. */
export const readLines = (code: number, count: number, bits: Bits, lines: Lines): void => {
  const book = SPECTRUM[code - 1];
  const words = WORDS[code - 1];
  if (!book || !words) throw new BrokenFrame();
  lines.size = 0;
  lines.energy = 0;
  for (let i = 0; i < count; i += words.lines) {
    const symbol = readSymbol(book, bits);
    bits.skip(words.signs[symbol] ?? 0);
    if (code === ESCAPE) {
      const first = sizeOf(readEscaped(Math.floor(symbol / ESCAPE_BASE), bits));
      const second = sizeOf(readEscaped(symbol % ESCAPE_BASE, bits));
      lines.size += first + second;
      lines.energy += first * first + second * second;
    } else {
      lines.size += words.size[symbol] ?? 0;
      lines.energy += words.energy[symbol] ?? 0;
    }
  }
  if (bits.isOver) throw new BrokenFrame();
};
