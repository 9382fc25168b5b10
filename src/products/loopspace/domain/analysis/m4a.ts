import {
  BufferTarget,
  CustomSource,
  EncodedAudioPacketSource,
  EncodedPacketSink,
  Input,
  type InputAudioTrack,
  MP4,
  Mp4OutputFormat,
  Output,
  QTFF,
} from "mediabunny";
import { AAC_BLOCK, AacPeaks } from "./aac.ts";
import { type Decoded, kbpsOf } from "./decoded.ts";
import { type AudioSource, READ_BYTES } from "./source.ts";

/** The beginning of a file, as a file of its own. */
export interface CutM4a {
  readonly seconds: number;
  readonly file: Uint8Array;
}

const BOX_HEADER_BYTES = 16;
/** Limit for top-level boxes. Fragmented films have two for each second. */
const MAX_BOXES = 100_000;
/** The index of twelve hours of sound has about 10 MiB. */
const MAX_INDEX_BYTES = 16 * 1_024 * 1_024;

/** Returns whether the boxes of the index, each of which is read at once, are small enough for memory. */
const hasFittingIndex = async ({ size, read }: AudioSource): Promise<boolean> => {
  let at = 0;
  for (let i = 0; i < MAX_BOXES && at + 8 <= size; i++) {
    const head = await read(at, BOX_HEADER_BYTES);
    const view = new DataView(head.buffer, head.byteOffset, head.byteLength);
    const short = view.getUint32(0);
    const long = short === 1 && head.length === BOX_HEADER_BYTES ? Number(view.getBigUint64(8)) : short;
    const length = long === 0 ? size - at : long;
    const name = String.fromCharCode(...head.subarray(4, 8));
    if ((name === "moov" || name === "moof") && length > MAX_INDEX_BYTES) return false;
    if (length < 8) return false;
    at += length;
  }
  return true;
};

/**
 * Returns the index of the sample rate from the AudioSpecificConfig of a track, where it follows the first five bits;
 * -1 if the track has none.
 */
const rateOf = async (track: InputAudioTrack): Promise<number> => {
  const description = (await track.getDecoderConfig())?.description;
  if (!description) return -1;
  const bytes = ArrayBuffer.isView(description)
    ? new Uint8Array(description.buffer, description.byteOffset, description.byteLength)
    : new Uint8Array(description);
  return (((bytes[0] ?? 0) & 7) << 1) | ((bytes[1] ?? 0) >> 7);
};

/** Opens a file of the MP4 family; undefined if its index is broken or too large for memory. */
const opened = async (source: AudioSource): Promise<Input | undefined> => {
  if (!(await hasFittingIndex(source))) return undefined;
  return new Input({
    formats: [MP4, QTFF],
    source: new CustomSource({
      getSize: () => source.size,
      read: (start, end) => source.read(start, end - start),
      maxCacheSize: READ_BYTES,
    }),
  });
};

const problemOf = async (input: Input): Promise<string | undefined> => {
  const films = await input.getVideoTracks();
  if (films.length > 0) return "the file contains a video, only audio is supported";
  const track = await input.getPrimaryAudioTrack();
  if (!track) return "the file contains no audio";
  if (track.codec !== "aac")
    return `${track.codec ?? track.internalCodecId ?? "this encoding"} in MP4 is not supported, only AAC`;
  return (await new EncodedPacketSink(track).getFirstPacket()) ? undefined : "the file contains no audio";
};

/** Returns why a file of the MP4 family is refused; undefined if it holds AAC audio and no video. */
export const m4aProblem = async (source: AudioSource): Promise<string | undefined> => {
  try {
    const input = await opened(source);
    if (!input) return "the index of the MP4 file is broken or too large";
    try {
      return await problemOf(input);
    } finally {
      input.dispose();
    }
  } catch {
    // mediabunny throws if the file is broken.
    return "the MP4 file is broken";
  }
};

const withTrack = async <T>(
  source: AudioSource,
  use: (track: InputAudioTrack) => Promise<T>,
): Promise<T | undefined> => {
  const input = await opened(source);
  if (!input) return undefined;
  try {
    const track = await input.getPrimaryAudioTrack();
    return track?.codec === "aac" ? await use(track) : undefined;
  } finally {
    input.dispose();
  }
};

const analyseTrack = async (track: InputAudioTrack): Promise<Decoded | undefined> => {
  const peaks = new AacPeaks(await rateOf(track));
  const { sampleRate, numberOfChannels: channels } = track;
  let bytes = 0;
  let durationSeconds = 0;
  try {
    for await (const packet of new EncodedPacketSink(track).packets()) {
      const end = packet.timestamp + packet.duration;
      bytes += packet.data.length;
      // Packets before time 0 only prime the decoder and are not part of the sound.
      peaks.add(packet.data, end > 0 ? AAC_BLOCK : 0);
      durationSeconds = Math.max(durationSeconds, end);
      if (peaks.track.isFull) break;
    }
  } catch {
    // The file is truncated: the result covers what was read.
  }
  if (!(durationSeconds > 0)) return undefined;
  const bitrateKbps = kbpsOf(bytes, durationSeconds);
  return {
    codec: "aac",
    durationSeconds,
    bitrateKbps,
    sampleRate,
    channels,
    peaks: peaks.track,
    isEstimated: true,
    // Most files have their index at the end, and it describes the whole sound, so their first bytes do not play.
    beginning: () => undefined,
  };
};

const cut = async (track: InputAudioTrack, seconds: number): Promise<CutM4a | undefined> => {
  const decoderConfig = await track.getDecoderConfig();
  if (!decoderConfig) return undefined;
  const target = new BufferTarget();
  const output = new Output({ format: new Mp4OutputFormat({ fastStart: "in-memory" }), target });
  const sound = new EncodedAudioPacketSource("aac");
  output.addAudioTrack(sound);
  await output.start();
  let first: number | undefined;
  let end = 0;
  for await (const packet of new EncodedPacketSink(track).packets()) {
    if (packet.timestamp + packet.duration > seconds) break;
    // Packets before time 0 prime the decoder. They are moved to time 0 and play as a moment of silence.
    first ??= packet.timestamp;
    await sound.add(packet.clone({ timestamp: packet.timestamp - first }), { decoderConfig });
    end = packet.timestamp + packet.duration;
  }
  if (!(end > 0)) {
    await output.cancel();
    return undefined;
  }
  await output.finalize();
  return target.buffer ? { seconds: end, file: new Uint8Array(target.buffer) } : undefined;
};

/** Copies the beginning of an M4A file, at most `seconds` long, into a file that plays while it is downloaded. */
export const cutM4a = async (source: AudioSource, seconds: number): Promise<CutM4a | undefined> => {
  try {
    return await withTrack(source, (track) => cut(track, seconds));
  } catch {
    return undefined;
  }
};

/** Analyses AAC in MP4 without decoding it, so the waveform is an estimate. */
export const decodeM4a = async (source: AudioSource): Promise<Decoded | undefined> => {
  try {
    return await withTrack(source, analyseTrack);
  } catch {
    return undefined;
  }
};
