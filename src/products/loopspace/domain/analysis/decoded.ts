import type { Beginning } from "./beginning.ts";
import type { PeakTrack } from "./peaks.ts";

/** The result of decoding a file, or of estimating it. */
export interface Decoded {
  readonly codec: "mp3" | "flac" | "pcm" | "alaw" | "mulaw" | "aac";
  readonly durationSeconds: number;
  readonly bitrateKbps: number;
  /** Hz. */
  readonly sampleRate: number;
  readonly channels: number;
  readonly peaks: PeakTrack;
  /** The peaks are estimated from the encoded data and have no absolute scale. */
  readonly isEstimated: boolean;
  /**
   * Returns the first bytes of the file that play for at most `seconds`; undefined if the first bytes do not play on
   * their own.
   */
  readonly beginning: (seconds: number) => Beginning | undefined;
}

/** Returns the bitrate in kbit/s, as a whole number. */
export const kbpsOf = (bytes: number, seconds: number): number => Math.round((bytes * 8) / seconds / 1_000);
