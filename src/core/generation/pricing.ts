/** Credits. */
const VIDEO_PER_SECOND = 1;
const HD_FACTOR = 2;

/** What a video costs: by the second, double in HD. */
export const videoCost = ({
  durationSeconds,
  hd,
}: {
  readonly durationSeconds: number;
  readonly hd: boolean;
}): number => Math.ceil(durationSeconds) * VIDEO_PER_SECOND * (hd ? HD_FACTOR : 1);
