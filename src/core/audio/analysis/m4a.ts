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

/** The beginning of a file as a file of its own. */
export interface CutM4a {
  readonly seconds: number;
  readonly file: Uint8Array;
}

const BOX_HEADER_BYTES = 16;
/** Boxes of the outermost level: films that are streamed have two for each of their seconds. */
const MAX_BOXES = 100_000;
/** Twelve hours of sound have an index of ten. */
const MAX_INDEX_BYTES = 16 * 1_024 * 1_024;

/** Whether what is read at once, the index, is of a size that fits. */
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

/** Where a track says how it is encoded (AudioSpecificConfig): the index of its rate comes after five bits. */
const rateOf = async (track: InputAudioTrack): Promise<number> => {
  const description = (await track.getDecoderConfig())?.description;
  if (!description) return -1;
  const bytes = ArrayBuffer.isView(description)
    ? new Uint8Array(description.buffer, description.byteOffset, description.byteLength)
    : new Uint8Array(description);
  return (((bytes[0] ?? 0) & 7) << 1) | ((bytes[1] ?? 0) >> 7);
};

/** Opens what is in a file of this family; undefined where its index does not fit into memory. */
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
  if (films.length > 0) return "a video is in it";
  const track = await input.getPrimaryAudioTrack();
  if (!track) return "no sound is in it";
  if (track.codec !== "aac")
    return `${track.codec ?? track.internalCodecId ?? "its encoding"} in MP4 is not taken, only AAC`;
  return (await new EncodedPacketSink(track).getFirstPacket()) ? undefined : "no sound is in it";
};

/** What is wrong with a file of the MP4 family; undefined where it is sound alone, and AAC. */
export const m4aProblem = async (source: AudioSource): Promise<string | undefined> => {
  try {
    const input = await opened(source);
    if (!input) return "its index is broken or too large";
    try {
      return await problemOf(input);
    } finally {
      input.dispose();
    }
  } catch {
    // mediabunny throws for files that are broken.
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

const hear = async (track: InputAudioTrack): Promise<Decoded | undefined> => {
  const peaks = new AacPeaks(await rateOf(track));
  const { sampleRate, numberOfChannels: channels } = track;
  let bytes = 0;
  let durationSeconds = 0;
  try {
    for await (const packet of new EncodedPacketSink(track).packets()) {
      const end = packet.timestamp + packet.duration;
      bytes += packet.data.length;
      // What is before the beginning is there for the decoder to warm up.
      peaks.hear(packet.data, end > 0 ? AAC_BLOCK : 0);
      durationSeconds = Math.max(durationSeconds, end);
      if (peaks.track.isFull) break;
    }
  } catch {
    // Cut off: it is what is left of it.
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
    // Most have their index at the end, and it tells of all of them.
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
    // What is before the beginning, for the decoder to warm up, is heard as a moment of silence.
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

/** The beginning of an M4A file as a file of its own, no longer than `seconds`, that plays while it comes. */
export const cutM4a = async (source: AudioSource, seconds: number): Promise<CutM4a | undefined> => {
  try {
    return await withTrack(source, (track) => cut(track, seconds));
  } catch {
    return undefined;
  }
};

/** Hears AAC in MP4, as far as that goes without decoding: its waveform is estimated. */
export const decodeM4a = async (source: AudioSource): Promise<Decoded | undefined> => {
  try {
    return await withTrack(source, hear);
  } catch {
    return undefined;
  }
};
