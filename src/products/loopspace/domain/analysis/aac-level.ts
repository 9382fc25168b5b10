import { AacChannel, MAX_BANDS, readWindows } from "./aac-channel.ts";
import { BrokenFrame } from "./aac-codewords.ts";
import { Bits } from "./bits.ts";

/** Ids of the syntactic elements of a frame (ISO/IEC 14496-3, 4.4.2.1). */
const SINGLE = 0;
const PAIR = 1;
const BASS = 3;
const DATA = 4;
const FILL = 6;
const MAX_ELEMENTS = 64;

/** Values of `ms_mask_present`: a bit follows for each band (1), or all bands are sum and difference (2); 0 is none. */
const SOME = 1;
const ALL = 2;

/**
 * Estimates the peak of a sound from its spectral lines. A tone is one line, and its peak is the square root of twice
 * its power. Several lines add up to more now and then, so the estimate grows with their effective number, size² /
 * energy.
 */
const reachOf = (size: number, energy: number): number =>
  energy > 0 ? Math.sqrt(2 * energy * (1 + Math.log(Math.max(1, (size * size) / energy)))) : 0;

/**
 * Returns the level of the loudest group of windows, as if the whole frame were that loud. A mean over the frame
 * would hide short sounds such as drums.
 */
const loudest = ({ windows: { bands, groups }, sizes, energies }: AacChannel): number => {
  const windows = groups.reduce((sum, count) => sum + count, 0);
  return groups.reduce((most, count, group) => {
    let [size, energy] = [0, 0];
    for (let i = group * bands; i < (group + 1) * bands; i++) {
      size += sizes[i] ?? 0;
      energy += energies[i] ?? 0;
    }
    return Math.max(most, reachOf(size, energy) * Math.sqrt(windows / count));
  }, 0);
};

const skipFill = (bits: Bits): void => {
  const count = bits.read(4);
  bits.skip(8 * (count === 15 ? count + bits.read(8) - 1 : count));
};

const skipData = (bits: Bits): void => {
  bits.skip(4);
  const isAligned = bits.bit() === 1;
  const count = bits.read(8);
  const bytes = count === 255 ? count + bits.read(8) : count;
  if (isAligned) bits.align();
  bits.skip(8 * bytes);
};

/**
 * Estimates how loud frames of AAC-LC are, from their scale factors and quantized values, without decoding them to
 * samples. The levels are relative to each other and have no absolute scale.
 */
export class AacMeter {
  private readonly first = new AacChannel();
  private readonly second = new AacChannel();
  private readonly isSum = new Uint8Array(MAX_BANDS);

  /** `rate` is the index of the sample rate in the AAC tables. */
  constructor(private readonly rate: number) {}

  /** Returns the level of the loudest channel of a frame; undefined if the frame cannot be read. */
  levelOf(frame: Uint8Array): number | undefined {
    const bits = new Bits(frame);
    let most: number | undefined;
    try {
      for (let i = 0; i < MAX_ELEMENTS && !bits.isOver; i++) {
        const level = this.readElement(bits);
        if (level === undefined) break;
        most = Math.max(most ?? 0, level);
      }
    } catch (error) {
      if (!(error instanceof BrokenFrame)) throw error;
    }
    return most;
  }

  /** Reads one element and returns its level; undefined if the rest of the frame cannot be read or holds no sound. */
  private readElement(bits: Bits): number | undefined {
    const element = bits.read(3);
    if (element === FILL) skipFill(bits);
    else if (element === DATA) skipData(bits);
    else {
      if (element !== SINGLE && element !== PAIR && element !== BASS) return undefined;
      // Skip the instance tag of the element.
      bits.skip(4);
      if (element === PAIR) return this.readPair(bits);
      this.first.read(bits, this.rate, undefined);
      return loudest(this.first);
    }
    return 0;
  }

  private readPair(bits: Bits): number {
    const { first, second, isSum, rate } = this;
    isSum.fill(0);
    const shared = bits.bit() === 1 ? readWindows(bits) : undefined;
    if (shared) {
      const mode = bits.read(2);
      const bands = Math.min(MAX_BANDS, shared.bands * shared.groups.length);
      for (let i = 0; i < bands; i++) isSum[i] = mode === SOME ? bits.bit() : Number(mode === ALL);
    }
    first.read(bits, rate, shared);
    second.read(bits, rate, shared);
    // Assume that sum and difference are independent: then each channel has the energy of both.
    for (let i = 0; i < MAX_BANDS; i++) {
      if (isSum[i] !== 1) continue;
      const size = Math.hypot(first.sizes[i] ?? 0, second.sizes[i] ?? 0);
      const energy = (first.energies[i] ?? 0) + (second.energies[i] ?? 0);
      first.sizes[i] = second.sizes[i] = size;
      first.energies[i] = second.energies[i] = energy;
    }
    return Math.max(loudest(first), loudest(second));
  }
}
