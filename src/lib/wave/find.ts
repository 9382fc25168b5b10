import { ok } from "../result.ts";
import { FORMAT_BYTES, readWaveFormat, refuse, type WaveFormat, type WaveRead } from "./format.ts";

/** Bytes that are read in stretches. */
interface ByteSource {
  /** Bytes. */
  readonly size: number;
  /** The bytes from `offset` on, `length` of them; fewer only at the end. */
  readonly read: (offset: number, length: number) => Promise<Uint8Array>;
}

/** Where the samples of a WAV file are and how to read them. At least one sample of every channel is there. */
export interface WaveSound {
  readonly format: WaveFormat;
  readonly start: number;
  readonly end: number;
}

const HEADER_BYTES = 12;
const CHUNK_HEADER_BYTES = 8;
/** Chunks of one file; real files have a handful. */
const MAX_CHUNKS = 1_000;
/** Chunks that may follow samples of size 0. Where more do, the size is taken for unknown. */
const MAX_CHUNKS_BEHIND = 32;
/** A writer that cannot go back leaves the size so, and RF64 has it in the chunk `ds64`. */
const UNKNOWN_SIZE = 0xffff_ffff;
/** Names of chunks are printable ASCII. */
const NAME = /^[\x20-\x7e]{4}$/;

const asciiOf = (bytes: Uint8Array): string => String.fromCharCode(...bytes.subarray(0, 4));
const viewOf = (bytes: Uint8Array): DataView =>
  new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);

/** Whether bytes begin like a WAV file of either size: RIFF, or RF64 and BW64 for more than 4 GB. */
export const isWave = (head: Uint8Array): boolean =>
  ["RIFF", "RF64", "BW64"].includes(asciiOf(head)) && asciiOf(head.subarray(8)) === "WAVE";

interface Chunk {
  readonly name: string;
  readonly size: number;
  readonly start: number;
}

const chunkAt = async ({ size, read }: ByteSource, at: number): Promise<Chunk | undefined> => {
  if (at + CHUNK_HEADER_BYTES > size) return undefined;
  const head = await read(at, CHUNK_HEADER_BYTES);
  if (head.length < CHUNK_HEADER_BYTES) return undefined;
  return { name: asciiOf(head), size: viewOf(head).getUint32(4, true), start: at + CHUNK_HEADER_BYTES };
};

/** Where the next chunk begins. Chunks of an odd size are padded, which some writers forget. */
const behind = async ({ read }: ByteSource, { start, size }: Chunk): Promise<number> => {
  const end = start + size;
  if (size % 2 === 0) return end;
  const next = await read(end, 4);
  return next[0] !== 0 && NAME.test(asciiOf(next)) && next.length === 4 ? end : end + 1;
};

/** Whether chunks follow each other from `at` to the end of the file, and nothing else does. */
const isChunksOnly = async (source: ByteSource, at: number): Promise<boolean> => {
  for (let i = 0; i < MAX_CHUNKS_BEHIND && at < source.size; i++) {
    const chunk = await chunkAt(source, at);
    if (!chunk || !NAME.test(chunk.name) || chunk.start + chunk.size > source.size) return false;
    at = await behind(source, chunk);
  }
  return at >= source.size;
};

/** Where the samples end: a size that is unknown, or larger than the file, means its end. */
const endOf = async (source: ByteSource, { start, size }: Chunk, longSize: number): Promise<number> => {
  const known = size === UNKNOWN_SIZE && longSize > 0 ? longSize : size;
  if (known === 0) return (await isChunksOnly(source, start)) ? start : source.size;
  return known === UNKNOWN_SIZE ? source.size : Math.min(source.size, start + known);
};

/** Finds the samples of a WAV file that begins at `origin`. */
export const findWaveSound = async (source: ByteSource, origin = 0): Promise<WaveRead<WaveSound>> => {
  if (!isWave(await source.read(origin, HEADER_BYTES))) return refuse("this is not a WAV file");
  let format: WaveFormat | undefined;
  let sound: { readonly start: number; readonly end: number } | undefined;
  let longSize = 0;
  let at = origin + HEADER_BYTES;
  for (let i = 0; i < MAX_CHUNKS && !(format && sound); i++) {
    const chunk = await chunkAt(source, at);
    if (!chunk) break;
    if (chunk.name === "ds64" && chunk.size >= 16) {
      const sizes = await source.read(chunk.start, 16);
      if (sizes.length === 16) longSize = Number(viewOf(sizes).getBigUint64(8, true));
    }
    if (chunk.name === "fmt ") {
      const read = readWaveFormat(await source.read(chunk.start, Math.min(chunk.size, FORMAT_BYTES)));
      if (!read.ok) return read;
      format = read.value;
    }
    // The first chunk of samples counts: to look behind each of many empty ones would cost its square.
    if (chunk.name === "data" && !sound) {
      sound = { start: chunk.start, end: await endOf(source, chunk, longSize) };
      at = sound.end + ((sound.end - sound.start) % 2);
    } else at = await behind(source, chunk);
  }
  if (!format) return refuse("the WAV file has no chunk fmt");
  if (!sound || sound.end - sound.start < format.sampleBytes * format.channels)
    return refuse("the WAV file has no sound in it");
  return ok({ format, ...sound });
};
