/** Peaks of a waveform. */
export const WAVEFORM_PEAKS = 200;
/** Bins the peaks are gathered in while nobody knows how long the sound will be; an even number. */
const BINS = 16_384;
/** Frames of the narrowest bin. */
const FIRST_WIDTH = 16;
/** Of all channels together: twelve hours of one at 44.1 kHz, and about a minute of work. */
const MAX_SAMPLES = 2e9;
const DECIMALS = 10_000;

/**
 * The loudest sample of each stretch of a sound, however long it is: when the bins are full, two become one, so there are
 * always at least forty of them to a peak of the waveform.
 */
export class PeakTrack {
  /** Moments of sound so far: samples of one channel. */
  frames = 0;
  private readonly bins = new Float32Array(BINS);
  private used = 0;
  private width = FIRST_WIDTH;
  /** Of the bin that is being filled. */
  private filled = 0;
  private loudest = 0;
  private samples = 0;

  /** Whether it has heard as much as it will. */
  get isFull(): boolean {
    return this.samples >= MAX_SAMPLES;
  }

  /** Hears `frames` moments: those of a channel follow each other (planar), or the channels of a moment do (interleaved). */
  add(samples: ArrayLike<number>, frames: number, channels: number, isPlanar: boolean): void {
    const [step, stride] = isPlanar ? [frames, 1] : [1, channels];
    for (let at = 0; at < frames; ) {
      const until = Math.min(frames, at + this.width - this.filled);
      let loudest = this.loudest;
      for (let channel = 0; channel < channels; channel++) {
        const last = channel * step + until * stride;
        for (let i = channel * step + at * stride; i < last; i += stride) {
          const value = Math.abs(samples[i] ?? 0);
          if (value > loudest) loudest = value;
        }
      }
      this.loudest = loudest;
      this.advance(until - at);
      at = until;
    }
    this.samples += frames * channels;
  }

  /** Hears `frames` moments of which only the level is known. */
  addLevel(level: number, frames: number): void {
    for (let at = 0; at < frames; ) {
      const until = Math.min(frames, at + this.width - this.filled);
      if (level > this.loudest) this.loudest = level;
      this.advance(until - at);
      at = until;
    }
    this.samples += frames;
  }

  /**
   * 200 peaks from 0 to 1 with four decimals. Those of samples are shares of full scale: quiet music looks quiet, and what
   * is beyond full scale is 1. Levels have no scale of their own, so the loudest of them is 1 (`isRelative`).
   */
  waveform(isRelative: boolean): number[] {
    const count = this.used + (this.filled > 0 ? 1 : 0);
    const peaks = Array.from({ length: WAVEFORM_PEAKS }, (_, i) => {
      const from = Math.floor((i * count) / WAVEFORM_PEAKS);
      const until = Math.max(from + 1, Math.floor(((i + 1) * count) / WAVEFORM_PEAKS));
      let peak = 0;
      for (let bin = from; bin < until; bin++)
        peak = Math.max(peak, bin < this.used ? (this.bins[bin] ?? 0) : this.loudest);
      return peak;
    });
    const scale = isRelative ? Math.max(...peaks, Number.MIN_VALUE) : 1;
    return peaks.map((peak) => Math.round(Math.min(1, peak / scale) * DECIMALS) / DECIMALS);
  }

  private advance(frames: number): void {
    this.frames += frames;
    this.filled += frames;
    if (this.filled < this.width) return;
    this.bins[this.used++] = this.loudest;
    this.filled = 0;
    this.loudest = 0;
    if (this.used === BINS) this.halve();
  }

  private halve(): void {
    for (let i = 0; i < BINS / 2; i++)
      this.bins[i] = Math.max(this.bins[2 * i] ?? 0, this.bins[2 * i + 1] ?? 0);
    this.used = BINS / 2;
    this.width *= 2;
  }
}
