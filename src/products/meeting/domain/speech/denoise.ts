import rnnoise from "@sapphi-red/web-noise-suppressor/rnnoise_simd.wasm";
import type { Sound } from "./audio.ts";
import { resample } from "./resample.ts";

/** The input that RNNoise was trained on: 48 kHz, frames of 10 ms, samples in the range of 16-bit integers. */
const RATE = 48_000;
const FRAME = 480;
const RANGE = 32_768;
const BYTES_PER_FLOAT = 4;
/** Frames between two yields, so that other requests on the same thread are served. */
const FRAMES_PER_YIELD = 500;

interface Rnnoise {
  readonly memory: WebAssembly.Memory;
  readonly __wasm_call_ctors: () => void;
  readonly rnnoise_create: (model: number) => number;
  readonly rnnoise_destroy: (state: number) => void;
  readonly rnnoise_process_frame: (state: number, output: number, input: number) => number;
  readonly malloc: (bytes: number) => number;
  readonly free: (pointer: number) => void;
}

/** Creates a new instance for each sound, so that its memory is freed and a fault does not affect later sounds. */
const load = (): Rnnoise => {
  let memory: WebAssembly.Memory | undefined;
  const instance = new WebAssembly.Instance(rnnoise, {
    env: {
      emscripten_memcpy_big: (to: number, from: number, bytes: number) => {
        if (memory) new Uint8Array(memory.buffer).copyWithin(to, from, from + bytes);
        return to;
      },
      // The module has all the memory it needs from the start, so growing fails.
      emscripten_resize_heap: () => 0,
      __assert_fail: () => {
        throw new Error("an assertion in RNNoise failed");
      },
    },
  });
  const exports = instance.exports as unknown as Rnnoise;
  memory = exports.memory;
  exports.__wasm_call_ctors();
  return exports;
};

const denoiseChannel = async (engine: Rnnoise, samples: Float32Array): Promise<Float32Array> => {
  const state = engine.rnnoise_create(0);
  const pointer = engine.malloc(FRAME * BYTES_PER_FLOAT);
  const clean = new Float32Array(samples.length);
  try {
    // RNNoise outputs each frame one frame late, so one more frame is fed at the end.
    const frames = Math.ceil(samples.length / FRAME) + 1;
    for (let i = 0; i < frames; i++) {
      const frame = new Float32Array(engine.memory.buffer, pointer, FRAME);
      for (let j = 0; j < FRAME; j++) frame[j] = (samples[i * FRAME + j] ?? 0) * RANGE;
      engine.rnnoise_process_frame(state, pointer, pointer);
      const out = new Float32Array(engine.memory.buffer, pointer, FRAME);
      const at = (i - 1) * FRAME;
      for (let j = 0; j < FRAME && at >= 0 && at + j < clean.length; j++)
        clean[at + j] = (out[j] ?? 0) / RANGE;
      if (i % FRAMES_PER_YIELD === FRAMES_PER_YIELD - 1) await scheduler.wait(0);
    }
  } finally {
    engine.free(pointer);
    engine.rnnoise_destroy(state);
  }
  return clean;
};

/** Removes noise from speech (RNNoise). Length, timing and sample rate stay the same. */
export const denoise = async ({ sampleRate, channels }: Sound): Promise<Sound> => {
  const engine = load();
  const clean: Float32Array[] = [];
  for (const samples of channels) {
    const wide = resample(samples, sampleRate, RATE);
    clean.push(resample(await denoiseChannel(engine, wide), RATE, sampleRate, samples.length));
  }
  return { sampleRate, channels: clean };
};
