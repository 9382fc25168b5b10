/** Credits. */
const VIDEO_PER_SECOND = 1;
const IMAGE = 1;
const HD_FACTOR = 2;

/** What a video costs: by the second, double in HD. */
export const videoCost = ({
  durationSeconds,
  hd,
}: {
  readonly durationSeconds: number;
  readonly hd: boolean;
}): number => Math.ceil(durationSeconds) * VIDEO_PER_SECOND * (hd ? HD_FACTOR : 1);

/** Pixels of the largest image that is not HD. */
const STANDARD_PIXELS = 1_024 * 1_024;

export const isHdImage = (width: number, height: number): boolean => width * height > STANDARD_PIXELS;

/** What images cost: by the piece, double in HD. */
export const imageCost = ({ count, hd }: { readonly count: number; readonly hd: boolean }): number =>
  count * IMAGE * (hd ? HD_FACTOR : 1);
