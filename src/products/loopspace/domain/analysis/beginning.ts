import { PREVIEW_SECONDS } from "../facts.ts";

/** The first bytes of a file, and how long they play. */
export interface Beginning {
  readonly seconds: number;
  readonly bytes: number;
}

/** Records where in a file each moment of its first seconds ends, so that a beginning can be cut at a frame. */
export class Beginnings {
  private readonly ends: Beginning[] = [];

  /** Records that the first `bytes` of the file play for `seconds`. Calls have to come in ascending order. */
  mark(seconds: number, bytes: number): void {
    if (seconds > 0 && seconds <= PREVIEW_SECONDS) this.ends.push({ seconds, bytes });
  }

  /** Returns the longest beginning that plays for at most `seconds`; undefined if not even one frame fits. */
  within(seconds: number): Beginning | undefined {
    return this.ends.findLast((end) => end.seconds <= seconds);
  }
}
