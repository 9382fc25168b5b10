/** Price of a second of video, in credits. */
const VIDEO_PER_SECOND = 1;
/** Price of one image, in credits. */
const IMAGE = 1;
const HD_FACTOR = 2;

/** Returns the price of a video in credits: per started second, double in HD. */
export const videoCost = ({
  durationSeconds,
  hd,
}: {
  readonly durationSeconds: number;
  readonly hd: boolean;
}): number => Math.ceil(durationSeconds) * VIDEO_PER_SECOND * (hd ? HD_FACTOR : 1);

/** An image with more pixels than this is HD. */
const STANDARD_PIXELS = 1_024 * 1_024;

export const isHdImage = (width: number, height: number): boolean => width * height > STANDARD_PIXELS;

/** Returns the price of images in credits: per image, double in HD. */
export const imageCost = ({ count, hd }: { readonly count: number; readonly hd: boolean }): number =>
  count * IMAGE * (hd ? HD_FACTOR : 1);
