/** The height of the view box, in which each peak is one unit wide. */
const HEIGHT = 64;
/** The shortest stroke, so that silence is drawn as a line. */
const LOWEST = 1;

/** Draws peaks from 0 to 1 as vertical strokes around the middle line. */
const strokesOf = (peaks: readonly number[]): string =>
  peaks
    .map((peak, i) => {
      const length = Math.max(LOWEST, Math.round(peak * HEIGHT));
      return `M${i}.5 ${(HEIGHT - length) / 2}v${length}`;
    })
    .join("");

interface WaveformProps {
  readonly peaks: readonly number[];
  /** The part that the visitor may listen to, 0 to 1, from the beginning. */
  readonly heard: number;
}

/**
 * The waveform of a track. The part after `heard` is drawn as locked. A script shows the playback position by the width
 * of the rectangle with `data-played`, from 0 to the number of peaks; without the script the width stays 0.
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
