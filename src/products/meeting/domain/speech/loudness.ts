import type { Sound } from "./audio.ts";

/** Target loudness of EBU R 128 for broadcast programmes, in LUFS. */
export const TARGET_LUFS = -23;
/** Upper limit for the loudest sample after normalization, -1 dB, so that nothing is clipped. */
const CEILING = 10 ** (-1 / 20);
const ABSOLUTE_GATE_LUFS = -70;
const RELATIVE_GATE_LU = 10;
const BLOCK_SECONDS = 0.4;
const OVERLAP = 4;

interface Biquad {
  readonly b: readonly [number, number, number];
  readonly a: readonly [number, number];
}

/**
 * The first filter of K-weighting (ITU-R BS.1770-5) at any sample rate, a shelf that models the head. The second one,
 * `highPass`, removes low frequencies that are hardly heard.
 */
const shelf = (rate: number): Biquad => {
  const k = Math.tan((Math.PI * 1_681.974450955533) / rate);
  const high = 10 ** (3.999843853973347 / 20);
  const mid = high ** 0.4996667741545416;
  const q = 0.7071752369554196;
  const norm = 1 + k / q + k * k;
  return {
    b: [
      (high + (mid * k) / q + k * k) / norm,
      (2 * (k * k - high)) / norm,
      (high - (mid * k) / q + k * k) / norm,
    ],
    a: [(2 * (k * k - 1)) / norm, (1 - k / q + k * k) / norm],
  };
};

const highPass = (rate: number): Biquad => {
  const k = Math.tan((Math.PI * 38.13547087602444) / rate);
  const q = 0.5003270373238773;
  const norm = 1 + k / q + k * k;
  return { b: [1, -2, 1], a: [(2 * (k * k - 1)) / norm, (1 - k / q + k * k) / norm] };
};

const filtered = (samples: Float32Array, { b, a }: Biquad): Float32Array => {
  const out = new Float32Array(samples.length);
  let [x1, x2, y1, y2] = [0, 0, 0, 0];
  for (let i = 0; i < samples.length; i++) {
    const x = samples[i] ?? 0;
    const y = b[0] * x + b[1] * x1 + b[2] * x2 - a[0] * y1 - a[1] * y2;
    out[i] = y;
    [x2, x1, y2, y1] = [x1, x, y1, y];
  }
  return out;
};

const lufs = (power: number): number => -0.691 + 10 * Math.log10(power);
const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;

/** Returns the power of each block of 400 ms over all channels. Consecutive blocks overlap by three quarters. */
const blockPowers = ({ sampleRate, channels }: Sound): number[] => {
  const weighted = channels.map((samples) =>
    filtered(filtered(samples, shelf(sampleRate)), highPass(sampleRate)),
  );
  const length = weighted[0]?.length ?? 0;
  // A sound that is shorter than a block counts as one block.
  const block = Math.min(length, Math.round(BLOCK_SECONDS * sampleRate));
  const step = Math.max(1, Math.round(block / OVERLAP));
  const powers: number[] = [];
  for (let start = 0; start + block <= length; start += step) {
    let power = 0;
    for (const samples of weighted) {
      let sum = 0;
      for (let i = start; i < start + block; i++) sum += (samples[i] ?? 0) ** 2;
      power += sum / block;
    }
    powers.push(power);
  }
  return powers;
};

/** Returns the integrated loudness in LUFS; undefined for silence. */
export const loudnessOf = (sound: Sound): number | undefined => {
  const heard = blockPowers(sound).filter((power) => lufs(power) > ABSOLUTE_GATE_LUFS);
  if (heard.length === 0) return undefined;
  const gate = lufs(mean(heard)) - RELATIVE_GATE_LU;
  const kept = heard.filter((power) => lufs(power) > gate);
  return kept.length === 0 ? undefined : lufs(mean(kept));
};

/** Brings a sound to -23 LUFS, or as near to it as its peaks allow. Silence stays unchanged. */
export const normalize = (sound: Sound): Sound => {
  const loudness = loudnessOf(sound);
  if (loudness === undefined) return sound;
  const peak = sound.channels.reduce(
    (most, samples) => samples.reduce((high, value) => Math.max(high, Math.abs(value)), most),
    0,
  );
  const wanted = 10 ** ((TARGET_LUFS - loudness) / 20);
  const gain = Math.min(wanted, CEILING / peak);
  return { ...sound, channels: sound.channels.map((samples) => samples.map((value) => value * gain)) };
};
