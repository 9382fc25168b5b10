/** Zero crossings of the filter on each side; this is enough for speech. */
const REACH = 16;
/** Precomputed steps of the filter between two zero crossings. */
const STEPS = 256;

/** One half of a sinc with a Blackman window, from its centre outwards. */
const KERNEL: Float32Array = Float32Array.from({ length: REACH * STEPS + 2 }, (_, i) => {
  const x = i / STEPS;
  if (x >= REACH) return 0;
  const sinc = x === 0 ? 1 : Math.sin(Math.PI * x) / (Math.PI * x);
  const phase = x / REACH;
  return sinc * (0.42 + 0.5 * Math.cos(Math.PI * phase) + 0.08 * Math.cos(2 * Math.PI * phase));
});

const kernelAt = (x: number): number => {
  const position = Math.abs(x) * STEPS;
  const i = Math.floor(position);
  const part = position - i;
  return (KERNEL[i] ?? 0) * (1 - part) + (KERNEL[i + 1] ?? 0) * part;
};

/**
 * Resamples a sound to another rate, `length` samples long. Frequencies that the new rate cannot represent are
 * filtered out.
 */
export const resample = (samples: Float32Array, from: number, to: number, length?: number): Float32Array => {
  if (from === to) return length === undefined ? samples : samples.slice(0, length);
  const count = length ?? Math.round((samples.length * to) / from);
  const scale = Math.min(1, to / from);
  const reach = REACH / scale;
  const out = new Float32Array(count);
  for (let i = 0; i < count; i++) {
    const centre = (i * from) / to;
    const first = Math.max(0, Math.ceil(centre - reach));
    const last = Math.min(samples.length - 1, Math.floor(centre + reach));
    let sum = 0;
    for (let j = first; j <= last; j++) sum += (samples[j] ?? 0) * kernelAt((j - centre) * scale);
    out[i] = sum * scale;
  }
  return out;
};
