import { env } from "cloudflare:workers";
import type { AudioSource } from "../../src/products/loopspace/domain/analysis/source.ts";
import type { Fakes } from "./fakes/index.ts";

const { ffmpeg } = JSON.parse(env.FAKES) as Fakes;

/**
 * The file that ffmpeg makes: the extension of its name says the format, `args` are the arguments before the name.
 */
export interface Recipe {
  readonly name: string;
  readonly args: readonly string[];
}

const ask = (path: string, { name, args }: Recipe, channels: number): Promise<Response> => {
  const query = new URLSearchParams({ name, args: JSON.stringify(args), channels: String(channels) });
  return fetch(`${ffmpeg.origin}${path}?${query}`);
};

const bodyOf = async (response: Response): Promise<Response> => {
  if (!response.ok) throw new Error(await response.text());
  return response;
};

/** Whether ffmpeg is installed. When it is not, a line of output says that its tests are skipped. */
export const hasFfmpeg = async (): Promise<boolean> =>
  (await ask("/file", { name: "probe.wav", args: ["-f", "lavfi", "-i", "sine=d=0.1"] }, 1)).status !== 404;

export const encodeWithFfmpeg = async (recipe: Recipe): Promise<Uint8Array<ArrayBuffer>> =>
  new Uint8Array(await (await bodyOf(await ask("/file", recipe, 1))).arrayBuffer());

/** Returns 200 peaks of the file as ffmpeg decodes it. */
export const ffmpegPeaks = async (recipe: Recipe, channels: number): Promise<number[]> =>
  (await bodyOf(await ask("/peaks", recipe, channels))).json();

/** Returns Pearson's correlation coefficient of two rows of the same length. */
export const correlation = (one: readonly number[], other: readonly number[]): number => {
  const mean = (row: readonly number[]) => row.reduce((sum, value) => sum + value, 0) / row.length;
  const [a, b] = [mean(one), mean(other)];
  const product = (x: readonly number[], mx: number, y: readonly number[], my: number) =>
    x.reduce((sum, value, i) => sum + (value - mx) * ((y[i] ?? 0) - my), 0);
  return product(one, a, other, b) / Math.sqrt(product(one, a, one, a) * product(other, b, other, b));
};

export interface WatchedMemory extends AudioSource {
  /** Bytes of the longest read. */
  readonly longest: () => number;
}

/** Wraps bytes in memory as an audio source that records the length of its longest read. */
export const inMemory = (bytes: Uint8Array): WatchedMemory => {
  let longest = 0;
  return {
    size: bytes.length,
    longest: () => longest,
    read: async (offset, length) => {
      longest = Math.max(longest, length);
      return bytes.slice(offset, offset + length);
    },
  };
};

const text = (words: string): number[] => [...new TextEncoder().encode(words)];

/**
 * Returns a WAV file of one channel of 16 bits at 8 kHz. `chunks` precede the data chunk; `declared` is the data size
 * in bytes that the header states.
 */
export const wavOf = (
  samples: readonly number[],
  chunks: readonly Uint8Array[] = [],
  declared = samples.length * 2,
): Uint8Array<ArrayBuffer> => {
  const format = new Uint8Array(24);
  format.set(text("fmt "));
  const view = new DataView(format.buffer);
  view.setUint32(4, 16, true);
  view.setUint16(8, 1, true);
  view.setUint16(10, 1, true);
  view.setUint32(12, 8_000, true);
  view.setUint32(16, 16_000, true);
  view.setUint16(20, 2, true);
  view.setUint16(22, 16, true);
  const head = new Uint8Array([...text("data"), 0, 0, 0, 0]);
  new DataView(head.buffer).setUint32(4, declared, true);
  const sound = new Uint8Array(Int16Array.from(samples, (sample) => sample * 32_767).buffer);
  const body = [...text("WAVE"), ...format, ...chunks.flatMap((chunk) => [...chunk]), ...head, ...sound];
  const riff = new Uint8Array([...text("RIFF"), 0, 0, 0, 0, ...body]);
  new DataView(riff.buffer).setUint32(4, body.length, true);
  return riff;
};

const crc = (bytes: readonly number[], width: 8 | 16, polynomial: number): number =>
  bytes.reduce((before, byte) => {
    let value = before ^ (byte << (width - 8));
    for (let bit = 0; bit < 8; bit++)
      value = value & (1 << (width - 1)) ? ((value << 1) ^ polynomial) & (2 ** width - 1) : value << 1;
    return value;
  }, 0);

/**
 * Returns a FLAC file of 20 bits per sample, which ffmpeg cannot encode: frames of 192 samples of one channel at 44.1
 * kHz, where all samples of a frame have the same value.
 */
export const flacOf20Bits = (values: readonly number[]): Uint8Array<ArrayBuffer> => {
  const info = [0, 192, 0, 192, 0, 0, 0, 0, 0, 0, 0x0a, 0xc4, 0x41, 0x30, 0, 0, 0, 0];
  const head = [...text("fLaC"), 0x80, 0, 0, 34, ...info, ...new Array<number>(16).fill(0)];
  const frames = values.flatMap((value, number) => {
    const header = [0xff, 0xf8, 0x19, 0x0a, number];
    const sample = value & 0xfffff;
    // A constant subframe: eight bits for its type, then the value.
    const subframe = [0x00, sample >> 12, (sample >> 4) & 0xff, (sample & 15) << 4];
    const frame = [...header, crc(header, 8, 0x07), ...subframe];
    const check = crc(frame, 16, 0x8005);
    return [...frame, check >> 8, check & 0xff];
  });
  return new Uint8Array([...head, ...frames]);
};
