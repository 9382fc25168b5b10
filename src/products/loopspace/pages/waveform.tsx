/** Of the picture, in which a peak is one wide. */
const HEIGHT = 64;
/** Silence is a line, too. */
const LOWEST = 1;

/** Peaks from 0 to 1 as upright strokes around the middle. */
const strokesOf = (peaks: readonly number[]): string =>
  peaks
    .map((peak, i) => {
      const length = Math.max(LOWEST, Math.round(peak * HEIGHT));
      return `M${i}.5 ${(HEIGHT - length) / 2}v${length}`;
    })
    .join("");

interface WaveformProps {
  readonly peaks: readonly number[];
  /** Which part of it can be heard, 0 to 1. */
  readonly heard: number;
}

/**
 * The peaks of a track. How far it is played is the width of `[data-played]`, of as many as there are peaks; it looks the same
 * without a script.
 */
export const Waveform = ({ peaks, heard }: WaveformProps) => {
  const width = Math.max(1, peaks.length);
  const end = Math.round(width * heard);
  return (
    <svg class="wave" viewBox={`0 0 ${width} ${HEIGHT}`} preserveAspectRatio="none" aria-hidden="true">
      <defs>
        <path id="wave-peaks" d={strokesOf(peaks)} />
        <clipPath id="wave-heard">
          <rect width={end} height={HEIGHT} />
        </clipPath>
        <clipPath id="wave-played">
          <rect data-played={String(width)} width="0" height={HEIGHT} />
        </clipPath>
      </defs>
      <use href="#wave-peaks" class="wave-shut" />
      <use href="#wave-peaks" class="wave-open" clip-path="url(#wave-heard)" />
      <use href="#wave-peaks" class="wave-played" clip-path="url(#wave-played)" />
    </svg>
  );
};
