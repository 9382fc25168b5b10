import { existsSync } from "node:fs";
import { readFile, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { ROOT } from "./paths.ts";

const FOLDER = join(ROOT, "src/products/loopspace/domain/analysis/decoders");

/** The `compile` function of Node, which the types of workerd lack. */
const compiler = WebAssembly as unknown as {
  compile: (bytes: Uint8Array<ArrayBuffer>) => Promise<WebAssembly.Module>;
};

/**
 * Returns the WebAssembly that is compiled while `start` runs: the last module, because a package may first compile a
 * helper that unpacks it.
 */
const compiledBy = async (start: () => Promise<unknown>): Promise<Uint8Array> => {
  const { compile } = compiler;
  let last: Uint8Array | undefined;
  compiler.compile = (bytes) => {
    last = bytes;
    return compile(bytes);
  };
  try {
    await start();
  } finally {
    compiler.compile = compile;
  }
  if (!last) throw new Error("The decoder compiled no WebAssembly");
  return last;
};

/** Writes a file if its content changed. Renames it into place, because a bundler may be reading it. */
const keep = async (name: string, bytes: Uint8Array): Promise<void> => {
  const file = join(FOLDER, name);
  if (existsSync(file) && (await readFile(file)).equals(bytes)) return;
  const draft = `${file}.${process.pid}`;
  await writeFile(draft, bytes);
  await rename(draft, file);
};

/**
 * Extracts the audio decoders from packages that embed them as text. workerd does not compile WebAssembly from bytes,
 * so they must be bundled as modules.
 */
export const extractDecoders = async (): Promise<void> => {
  const { MPEGDecoder } = await import("mpg123-decoder");
  await keep("mpg123.wasm", await compiledBy(() => new MPEGDecoder().ready));
  const { FLACDecoder } = await import("@wasm-audio-decoders/flac");
  await keep("libflac.wasm", await compiledBy(() => new FLACDecoder().ready));
};
