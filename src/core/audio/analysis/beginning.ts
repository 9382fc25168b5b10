/** The longest beginning anybody asks for. */
const MAX_SECONDS = 30;

/** The first bytes of a file, and how long they sound. */
export interface Beginning {
  readonly seconds: number;
  readonly bytes: number;
}

/** Where in a file its first seconds end, whatever lies before and between them. */
export class Beginnings {
  private readonly ends: Beginning[] = [];

  /** So many seconds were heard when so many bytes of the file were read. In the order in which they are heard. */
  mark(seconds: number, bytes: number): void {
    if (seconds > 0 && seconds <= MAX_SECONDS) this.ends.push({ seconds, bytes });
  }

  /** As much of the beginning as fits into `seconds`; undefined where not even one frame does. */
  within(seconds: number): Beginning | undefined {
    return this.ends.findLast((end) => end.seconds <= seconds);
  }
}
