import type { Beginning } from "./beginning.ts";
import type { PeakTrack } from "./peaks.ts";

/** What a decoder heard in a file. */
export interface Decoded {
  readonly codec: "mp3" | "flac" | "pcm" | "alaw" | "mulaw" | "aac";
  readonly durationSeconds: number;
  readonly bitrateKbps: number;
  /** Hz. */
  readonly sampleRate: number;
  readonly channels: number;
  readonly peaks: PeakTrack;
  /** The peaks are guessed from how the file is encoded; they have no scale. */
  readonly isEstimated: boolean;
  /** The first bytes of the file that sound no longer than `seconds`; none where first bytes alone say nothing. */
  readonly beginning: (seconds: number) => Beginning | undefined;
}

/** kbit/s of so many bytes, as a whole number. */
export const kbpsOf = (bytes: number, seconds: number): number => Math.round((bytes * 8) / seconds / 1_000);
