import { instanceOf } from "./instance.ts";
import wasm from "./libflac.wasm";

/** Names as the build of @wasm-audio-decoders/flac 0.2.11 gives them. */
interface Exports {
  readonly j: WebAssembly.Memory;
  /** Constructors. */
  readonly k: () => void;
  readonly l: (pointer: number) => void;
  readonly m: (bytes: number) => number;
  /** Creates a decoder that writes what it made into eight places of four bytes. */
  readonly n: (...places: number[]) => number;
  readonly o: (decoder: number) => void;
  /** Decodes one frame, or passes one block of metadata. The input is the decoder's from then on: it is freed by it. */
  readonly p: (decoder: number, input: number, bytes: number) => void;
}

/** Where it writes: channels, rate, bits, samples of a channel, where the output is and how long, two messages. */
const PLACES = 8;
const PLACE_BYTES = 4;

interface Engine {
  readonly exports: Exports;
  readonly places: number;
  decoder: number;
}

/** Depths of samples it knows the scale of; of others it makes nonsense. */
export const LIBFLAC_BITS: readonly number[] = [8, 16, 24, 32];

/** FLAC to samples, frame by frame (libFLAC). Fixed memory: 17 MB. */
export class LibFlac {
  private engine: Engine;

  /** `head` is "fLaC" and the block STREAMINFO: frames may leave out what is the same in all of them. */
  constructor(private readonly head: Uint8Array) {
    this.engine = this.begin();
  }

  /**
   * Decodes a whole frame. `hear` gets its channels, one after the other, with `frames` samples each; they are reused. What is
   * no frame is passed over.
   */
  decode(frame: Uint8Array, hear: (samples: Float32Array, frames: number, channels: number) => void): void {
    if (!this.take(this.engine, frame)) {
      this.engine = this.begin();
      return;
    }
    const { exports, places, decoder } = this.engine;
    const made = new Uint32Array(exports.j.buffer, places, PLACES);
    const [channels = 0, , , frames = 0, output = 0, length = 0] = made;
    if (frames === 0) {
      // It waits for the end of a frame that was cut off, and would wait for ever.
      exports.o(decoder);
      this.engine.decoder = this.create(exports, places);
      this.take(this.engine, this.head);
      return;
    }
    hear(new Float32Array(exports.j.buffer, output, length), frames, channels);
    exports.l(output);
    made.fill(0);
  }

  /** False where its memory is used up or it failed altogether. */
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
