import type { WebPModule } from "@jsquash/webp/codec/enc/webp_enc.js";
import webpEncoder from "@jsquash/webp/codec/enc/webp_enc_simd.js";
import wasm from "@jsquash/webp/codec/enc/webp_enc_simd.wasm";
import { defaultOptions } from "@jsquash/webp/meta.js";

/** libwebp's fastest compression method, because every frame of a video is encoded. */
const METHOD = 0;
const QUALITY = 72;

let loading: Promise<WebPModule> | undefined;

// workerd cannot compile WebAssembly from bytes at runtime, so the module is imported: it is compiled at deployment.
const load = (): Promise<WebPModule> =>
  (loading ??= webpEncoder({
    noInitialRun: true,
    instantiateWasm: (imports: WebAssembly.Imports, done: (instance: WebAssembly.Instance) => void) => {
      const instance = new WebAssembly.Instance(wasm, imports);
      done(instance);
      return instance.exports;
    },
  }));

/** Encodes opaque RGBA pixels as a lossy WebP file. */
export const encodeWebp = async (pixels: Uint8Array, width: number, height: number): Promise<Uint8Array> => {
  const encoder = await load();
  const encoded = encoder.encode(pixels, width, height, {
    ...defaultOptions,
    method: METHOD,
    quality: QUALITY,
  });
  if (!encoded) throw new Error("the WebP encoder returned no data");
  // The result is a view of the encoder's memory, which the next frame overwrites.
  return encoded.slice();
};

const RIFF_HEADER_BYTES = 12;
const CHUNK_HEADER_BYTES = 8;

/** Returns the VP8 key frame of a lossy WebP file. A WebM video stores VP8 frames in the same format. */
export const vp8FrameOf = (webp: Uint8Array): Uint8Array => {
  const view = new DataView(webp.buffer, webp.byteOffset, webp.byteLength);
  for (let at = RIFF_HEADER_BYTES; at + CHUNK_HEADER_BYTES <= webp.length; ) {
    const name = String.fromCharCode(...webp.subarray(at, at + 4));
    const size = view.getUint32(at + 4, true);
    if (name === "VP8 ") return webp.subarray(at + CHUNK_HEADER_BYTES, at + CHUNK_HEADER_BYTES + size);
    // Chunks are padded to an even length.
    at += CHUNK_HEADER_BYTES + size + (size & 1);
  }
  throw new Error("the WebP file has no lossy frame");
};
