import { instanceOf } from "./instance.ts";
import wasm from "./libflac.wasm";

/** Export names of the build in @wasm-audio-decoders/flac 0.2.11. */
interface Exports {
  readonly j: WebAssembly.Memory;
  /** Runs the static constructors. */
  readonly k: () => void;
  readonly l: (pointer: number) => void;
  readonly m: (bytes: number) => number;
  /** Creates a decoder, which writes its results to eight addresses of four bytes each. */
  readonly n: (...places: number[]) => number;
  readonly o: (decoder: number) => void;
  /** Decodes one frame or reads one metadata block. The decoder takes ownership of the input and frees it. */
  readonly p: (decoder: number, input: number, bytes: number) => void;
}

/** The results: channels, sample rate, bits, samples per channel, address and length of the output, two messages. */
const PLACES = 8;
const PLACE_BYTES = 4;

interface Engine {
  readonly exports: Exports;
  readonly places: number;
  decoder: number;
}

/** Bit depths that the decoder scales correctly. For other depths its output is wrong. */
export const LIBFLAC_BITS: readonly number[] = [8, 16, 24, 32];

/** Decodes FLAC to samples, frame by frame (libFLAC). Its memory is fixed at 17 MB. */
export class LibFlac {
  private engine: Engine;

  /** `head` is "fLaC" and the STREAMINFO block: frame headers may refer to STREAMINFO for what all frames share. */
  constructor(private readonly head: Uint8Array) {
    this.engine = this.begin();
  }

  /**
   * Decodes a whole frame. `onSamples` receives the channels one after the other, each with `frames` samples; the
   * array is reused. Input that is not a frame is skipped.
   */
  decode(
    frame: Uint8Array,
    onSamples: (samples: Float32Array, frames: number, channels: number) => void,
  ): void {
    if (!this.take(this.engine, frame)) {
      this.engine = this.begin();
      return;
    }
    const { exports, places, decoder } = this.engine;
    const made = new Uint32Array(exports.j.buffer, places, PLACES);
    const [channels = 0, , , frames = 0, output = 0, length = 0] = made;
    if (frames === 0) {
      // The decoder waits for the rest of a truncated frame and would never recover, so a new one replaces it.
      exports.o(decoder);
      this.engine.decoder = this.create(exports, places);
      this.take(this.engine, this.head);
      return;
    }
    onSamples(new Float32Array(exports.j.buffer, output, length), frames, channels);
    exports.l(output);
    made.fill(0);
  }

  /** Returns false if the decoder is out of memory or crashed. */
  private take({ exports, decoder }: Engine, bytes: Uint8Array): boolean {
    const input = exports.m(bytes.length);
    if (input === 0) return false;
    new Uint8Array(exports.j.buffer, input, bytes.length).set(bytes);
    try {
      exports.p(decoder, input, bytes.length);
      return true;
    } catch {
      return false;
    }
  }

  private begin(): Engine {
    const exports = instanceOf(wasm) as unknown as Exports;
    exports.k();
    const places = exports.m(PLACES * PLACE_BYTES);
    const engine = { exports, places, decoder: this.create(exports, places) };
    this.take(engine, this.head);
    return engine;
  }

  private create(exports: Exports, places: number): number {
    return exports.n(...Array.from({ length: PLACES }, (_, i) => places + i * PLACE_BYTES));
  }
}
