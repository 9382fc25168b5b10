import { BANDS } from "./aac-bands.ts";
import { SCALE_FACTORS } from "./aac-codebooks.ts";
import { BrokenFrame, readLines, readSymbol } from "./aac-codewords.ts";
import type { Bits } from "./bits.ts";

const EIGHT_SHORT = 2;
const SHORT_WINDOWS = 8;
/** Bands of one long window, or of all groups of short windows together. */
export const MAX_BANDS = 8 * 15;

/** How the windows of a frame are grouped. A long window is a single group. */
export interface Windows {
  readonly isShort: boolean;
  /** Number of bands that are coded (`max_sfb`). */
  readonly bands: number;
  /** Number of windows in each group. The windows of a group share scale factors. */
  readonly groups: readonly number[];
}

export const readWindows = (bits: Bits): Windows => {
  bits.skip(1);
  const isShort = bits.read(2) === EIGHT_SHORT;
  bits.skip(1);
  if (!isShort) {
    const bands = bits.read(6);
    // Prediction belongs to profiles that are not used in practice (AAC Main and LTP).
    if (bits.bit() === 1) throw new BrokenFrame();
    return { isShort, bands, groups: [1] };
  }
  const bands = bits.read(4);
  const groups = [1];
  for (let i = 1; i < SHORT_WINDOWS; i++) {
    const last = groups.length - 1;
    if (bits.bit() === 1) groups[last] = (groups[last] ?? 0) + 1;
    else groups.push(1);
  }
  return { isShort, bands, groups };
};

/**
 * Numbers in place of a codebook: a band of zeros, a reserved number, noise, and (14 and 15) intensity stereo, which
 * takes the band from the other channel.
 */
const NOTHING = 0;
const RESERVED = 12;
const NOISE = 13;
const INTENSITY = 14;

const SCALE_FACTOR_ZERO = 60;
/** A scale factor of 100 is a gain of 1, and four steps double the gain. */
const GAIN_OFFSET = 100;
const NOISE_OFFSET = 90;
const NOISE_BITS = 9;
const NOISE_ZERO = 256;

const readDifference = (bits: Bits): number => readSymbol(SCALE_FACTORS, bits) - SCALE_FACTOR_ZERO;

const skipPulses = (bits: Bits): void => {
  if (bits.bit() === 0) return;
  const count = bits.read(2) + 1;
  bits.skip(6 + 9 * count);
};

const skipNoiseShaping = (bits: Bits, isShort: boolean): void => {
  if (bits.bit() === 0) return;
  const [filterBits, lengthBits, orderBits] = isShort ? [1, 4, 3] : [2, 6, 5];
  for (let i = 0; i < (isShort ? SHORT_WINDOWS : 1); i++) {
    const filters = bits.read(filterBits);
    const resolution = filters > 0 ? bits.bit() + 3 : 0;
    for (let filter = 0; filter < filters; filter++) {
      bits.skip(lengthBits);
      const order = bits.read(orderBits);
      if (order === 0) continue;
      bits.skip(1);
      bits.skip(order * (resolution - bits.bit()));
    }
  }
};

/** Reads the spectrum of one channel, frame by frame (ISO/IEC 14496-3, 4.4.2.7). */
export class AacChannel {
  windows: Windows = { isShort: false, bands: 0, groups: [] };
  /** For each band of each group: the sum of the magnitudes of its lines, and of their squares. */
  readonly sizes = new Float64Array(MAX_BANDS);
  readonly energies = new Float64Array(MAX_BANDS);
  private readonly codes = new Uint8Array(MAX_BANDS);
  private readonly scales = new Float64Array(MAX_BANDS);
  private readonly lines = { size: 0, energy: 0 };

  /**
   * Reads the next frame. `rate` is the index of the sample rate; `shared` are the windows that both channels of a
   * pair use.
   */
  read(bits: Bits, rate: number, shared: Windows | undefined): void {
    const gain = bits.read(8);
    this.windows = shared ?? readWindows(bits);
    const offsets = BANDS[rate]?.[this.windows.isShort ? "short" : "long"] ?? [];
    if (this.windows.bands >= offsets.length) throw new BrokenFrame();
    this.readCodes(bits);
    this.readScales(bits, gain);
    skipPulses(bits);
    skipNoiseShaping(bits, this.windows.isShort);
    // Gain control belongs to a profile that is not used in practice (AAC SSR).
    if (bits.bit() === 1) throw new BrokenFrame();
    this.readSpectrum(bits, offsets);
  }

  private readCodes(bits: Bits): void {
    const { isShort, bands, groups } = this.windows;
    const lengthBits = isShort ? 3 : 5;
    const more = 2 ** lengthBits - 1;
    for (let group = 0; group < groups.length; group++) {
      for (let band = 0; band < bands; ) {
        const code = bits.read(4);
        let length = 0;
        for (let part = more; part === more && length <= bands; length += part) part = bits.read(lengthBits);
        if (code === RESERVED || length === 0 || band + length > bands) throw new BrokenFrame();
        this.codes.fill(code, group * bands + band, group * bands + band + length);
        band += length;
      }
    }
  }

  private readScales(bits: Bits, gain: number): void {
    let scale = gain;
    let noise = gain - NOISE_OFFSET;
    let isFirstNoise = true;
    for (let i = 0; i < this.windows.bands * this.windows.groups.length; i++) {
      const code = this.codes[i] ?? 0;
      this.scales[i] = 0;
      if (code >= INTENSITY) readDifference(bits);
      else if (code === NOISE) {
        noise += isFirstNoise ? bits.read(NOISE_BITS) - NOISE_ZERO : readDifference(bits);
        isFirstNoise = false;
        this.scales[i] = 2 ** (noise / 4);
      } else if (code !== NOTHING) {
        scale += readDifference(bits);
        this.scales[i] = 2 ** ((scale - GAIN_OFFSET) / 4);
      }
    }
  }

  private readSpectrum(bits: Bits, offsets: readonly number[]): void {
    const { bands, groups } = this.windows;
    const { lines } = this;
    for (let i = 0; i < bands * groups.length; i++) {
      const code = this.codes[i] ?? 0;
      const scale = this.scales[i] ?? 0;
      const band = i % bands;
      const windows = groups[Math.floor(i / bands)] ?? 0;
      const count = ((offsets[band + 1] ?? 0) - (offsets[band] ?? 0)) * windows;
      if (code === NOISE) {
        // The square of the scale is the energy of the noise in each window; it is spread evenly over the lines.
        lines.size = Math.sqrt(count * windows);
        lines.energy = windows;
      } else if (code === NOTHING || code >= INTENSITY) {
        lines.size = 0;
        lines.energy = 0;
      } else readLines(code, count, bits, lines);
      this.sizes[i] = lines.size * scale;
      this.energies[i] = lines.energy * scale * scale;
    }
  }
}
