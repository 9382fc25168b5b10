import { ok } from "../result.ts";
import { FORMAT_BYTES, readWaveFormat, refuse, type WaveFormat, type WaveRead } from "./format.ts";

/** The bytes of a file, read in ranges. */
interface ByteSource {
  /** Size in bytes. */
  readonly size: number;
  /** Returns `length` bytes from `offset` on; fewer only at the end of the file. */
  readonly read: (offset: number, length: number) => Promise<Uint8Array>;
}

/** The position and format of the samples in a WAV file. There is at least one sample of every channel. */
export interface WaveSound {
  readonly format: WaveFormat;
  readonly start: number;
  readonly end: number;
}

const HEADER_BYTES = 12;
const CHUNK_HEADER_BYTES = 8;
/** Limit for the chunks of one file; real files have a handful. */
const MAX_CHUNKS = 1_000;
/** Limit for the chunks after a data chunk of size 0. If there are more, the size is taken as unknown. */
const MAX_CHUNKS_BEHIND = 32;
/**
 * A writer that cannot seek back leaves this size. RF64 uses it, too, and has the actual size in the chunk `ds64`.
 */
const UNKNOWN_SIZE = 0xffff_ffff;
/** Names of chunks are printable ASCII. */
const NAME = /^[\x20-\x7e]{4}$/;

const asciiOf = (bytes: Uint8Array): string => String.fromCharCode(...bytes.subarray(0, 4));
const viewOf = (bytes: Uint8Array): DataView =>
  new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);

/** Returns whether bytes begin like a WAV file: RIFF, or RF64 and BW64, which allow more than 4 GB. */
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

/**
 * Returns the position of the next chunk. Chunks of an odd size are padded by one byte, which some writers forget.
 */
const behind = async ({ read }: ByteSource, { start, size }: Chunk): Promise<number> => {
  const end = start + size;
  if (size % 2 === 0) return end;
  const next = await read(end, 4);
  return next[0] !== 0 && NAME.test(asciiOf(next)) && next.length === 4 ? end : end + 1;
};

/** Returns whether the file consists of nothing but chunks from `at` to its end. */
const isChunksOnly = async (source: ByteSource, at: number): Promise<boolean> => {
  for (let i = 0; i < MAX_CHUNKS_BEHIND && at < source.size; i++) {
    const chunk = await chunkAt(source, at);
    if (!chunk || !NAME.test(chunk.name) || chunk.start + chunk.size > source.size) return false;
    at = await behind(source, chunk);
  }
  return at >= source.size;
};

/** Returns the end of the samples. If the size is unknown, or larger than the file, they end with the file. */
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
    // Only the first data chunk is used: checking what follows each of many empty ones would take quadratic time.
    if (chunk.name === "data" && !sound) {
      sound = { start: chunk.start, end: await endOf(source, chunk, longSize) };
      at = sound.end + ((sound.end - sound.start) % 2);
    } else at = await behind(source, chunk);
  }
  if (!format) return refuse("the WAV file has no fmt chunk");
  if (!sound || sound.end - sound.start < format.sampleBytes * format.channels)
    return refuse("the WAV file has no sound in it");
  return ok({ format, ...sound });
};
