import { instanceOf } from "./instance.ts";
import wasm from "./mpg123.wasm";

/** Export names of the build in mpg123-decoder 1.0.3. */
interface Exports {
  readonly k: WebAssembly.Memory;
  /** Runs the static constructors. */
  readonly l: () => void;
  readonly m: (bytes: number) => number;
  /** Creates a decoder and writes its address; returns 0 on success. */
  readonly p: (decoder: number, isGapless: number) => number;
  /** Feeds input. */
  readonly q: (decoder: number, input: number, bytes: number) => number;
  /** Writes decoded output, and also the number of samples per channel, their rate and an error message. */
  readonly r: (
    decoder: number,
    output: number,
    size: number,
    samples: number,
    rate: number,
    message: number,
  ) => number;
}

const NEED_MORE = -10;
/** The decoder always outputs two channels, one after the other. */
const CHANNELS = 2;
/** Four bytes each: address of the decoder, samples, rate, message. */
const RESULTS_BYTES = 16;
/** The longest frame of layer III: MPEG 2.5, 160 kbit/s at 8 kHz. */
const INPUT_BYTES = 4_096;
const OUTPUT_SAMPLES = 2_889 * 16 * CHANNELS;
/** Reads after each frame: its samples, a change of format, delayed samples, and some in reserve. */
const MAX_READS = 8;

/** Decodes MPEG audio to samples, frame by frame (libmpg123). Its memory is fixed at 17 MB. */
export class Mpg123 {
  private readonly exports: Exports;
  private readonly results: number;
  private readonly input: number;
  private readonly output: number;
  private readonly decoder: number;

  constructor() {
    const exports = instanceOf(wasm) as unknown as Exports;
    exports.l();
    this.exports = exports;
    this.results = exports.m(RESULTS_BYTES);
    this.input = exports.m(INPUT_BYTES);
    this.output = exports.m(OUTPUT_SAMPLES * Float32Array.BYTES_PER_ELEMENT);
    // Gapless: the padding that the encoder added at the start and the end is left out, as players do.
    if (exports.p(this.results, 1) !== 0) throw new Error("mpg123 could not create a decoder");
    this.decoder = new Uint32Array(exports.k.buffer, this.results, 1)[0] ?? 0;
  }

  /**
   * Decodes a whole frame. `onSamples` receives two channels one after the other, each with `frames` samples; the array
   * is reused.
   */
  decode(frame: Uint8Array, onSamples: (samples: Float32Array, frames: number) => void): void {
    const { k: memory, q: feed, r: read } = this.exports;
    if (frame.length > INPUT_BYTES) return;
    new Uint8Array(memory.buffer, this.input, frame.length).set(frame);
    feed(this.decoder, this.input, frame.length);
    const results = new Uint32Array(memory.buffer, this.results, RESULTS_BYTES / 4);
    for (let i = 0; i < MAX_READS; i++) {
      results[1] = 0;
      const code = read(
        this.decoder,
        this.output,
        OUTPUT_SAMPLES,
        this.results + 4,
        this.results + 8,
        this.results + 12,
      );
      const frames = results[1] ?? 0;
      if (frames > 0) onSamples(new Float32Array(memory.buffer, this.output, frames * CHANNELS), frames);
      if (code === NEED_MORE) return;
    }
  }
}
