import { AacChannel, MAX_BANDS, readWindows } from "./aac-channel.ts";
import { BrokenFrame } from "./aac-words.ts";
import { Bits } from "./bits.ts";

/** Elements of a frame (ISO/IEC 14496-3, 4.4.2.1). */
const SINGLE = 0;
const PAIR = 1;
const BASS = 3;
const DATA = 4;
const FILL = 6;
const MAX_ELEMENTS = 64;

/** How a pair says which bands are sum and difference of its channels: none, some, all. */
const SOME = 1;
const ALL = 2;

/**
 * How far a sound of these lines reaches: a tone to the root of two of its mean power; the more lines have a part in it, the
 * higher they pile up now and then.
 */
const reachOf = (size: number, energy: number): number =>
  energy > 0 ? Math.sqrt(2 * energy * (1 + Math.log(Math.max(1, (size * size) / energy)))) : 0;

/** The loudest group of windows, as if all of the frame was so: a drum is not thinned out. */
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
 * About how loud frames of AAC-LC are, without a scale: of their gains and of the numbers they multiply. They are not turned
 * into sound.
 */
export class AacMeter {
  private readonly first = new AacChannel();
  private readonly second = new AacChannel();
  private readonly isSum = new Uint8Array(MAX_BANDS);

  /** `rate` is the index of the sample rate. */
  constructor(private readonly rate: number) {}

  /** How loud the loudest channel of a frame is; undefined where nothing can be read of it. */
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

  /** Undefined for an element after which there is no sound that we know. */
  private readElement(bits: Bits): number | undefined {
    const element = bits.read(3);
    if (element === FILL) skipFill(bits);
    else if (element === DATA) skipData(bits);
    else {
      if (element !== SINGLE && element !== PAIR && element !== BASS) return undefined;
      // Which of its kind it is.
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
    // Of a sum and a difference that have nothing to do with each other both channels have the energy of both.
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
