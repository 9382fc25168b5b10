/** Number of peaks in a waveform. */
export const WAVEFORM_PEAKS = 200;
/** Peaks are collected in this many bins, because the length of the sound is not known in advance. An even number. */
const BINS = 16_384;
/** Width of a bin at the start, in sample frames. */
const FIRST_WIDTH = 16;
/**
 * Limit for the samples of all channels together: about twelve hours of one channel at 44.1 kHz, or a minute of work.
 */
const MAX_SAMPLES = 2e9;
const DECIMALS = 10_000;

/**
 * Keeps the loudest sample of each stretch of a sound of any length. When the bins are full, each two are merged into
 * one, so a long sound always has at least forty bins for each peak of the waveform.
 */
export class PeakTrack {
  /** Sample frames so far; a sample frame is one sample of each channel. */
  frames = 0;
  private readonly bins = new Float32Array(BINS);
  private used = 0;
  private width = FIRST_WIDTH;
  /** Sample frames in the bin that is being filled. */
  private filled = 0;
  private loudest = 0;
  private samples = 0;

  /** Whether the limit of samples is reached. */
  get isFull(): boolean {
    return this.samples >= MAX_SAMPLES;
  }

  /**
   * Adds `frames` sample frames. Either the samples of each channel are contiguous (planar), or the samples of each
   * frame are (interleaved).
   */
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

  /** Adds `frames` sample frames of which only the level is known. */
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
   * Returns 200 peaks from 0 to 1 with four decimals. Peaks of samples are shares of full scale, so quiet music looks
   * quiet, and anything above full scale is 1. Levels have no absolute scale, so the loudest level becomes 1
   * (`isRelative`).
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
