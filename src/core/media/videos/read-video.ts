import { CustomSource, EncodedPacketSink, Input, type InputVideoTrack, MP4, QTFF, WEBM } from "mediabunny";
import { webpOfVp8 } from "../pictures/webp.ts";
import { findMetadata, type ReadBytes, type Stretch } from "./mp4-metadata.ts";

export interface VideoFacts {
  readonly mediaType: "video/mp4" | "video/quicktime" | "video/webm";
  /** Display size in pixels. */
  readonly width: number;
  readonly height: number;
  readonly durationMs: number;
  /** A picture from the first second, if the video contains one that needs no video decoder. */
  readonly keyFrame: Uint8Array | undefined;
  /** Stretches with metadata such as the location. */
  readonly places: readonly Stretch[];
}

const MAX_SIDE = 8_192;

const TYPES: Readonly<Record<string, VideoFacts["mediaType"]>> = {
  "video/mp4": "video/mp4",
  "video/quicktime": "video/quicktime",
  "video/webm": "video/webm",
};

/** A key frame of VP8 has the same bits as a lossy WebP picture. Frames of other codecs would have to be decoded. */
const keyFrameOf = async (track: InputVideoTrack): Promise<Uint8Array | undefined> => {
  if (track.codec !== "vp8") return undefined;
  const sink = new EncodedPacketSink(track);
  const packet = (await sink.getKeyPacket(1)) ?? (await sink.getFirstPacket());
  return packet ? webpOfVp8(packet.data) : undefined;
};

/** Reads the properties of a stored video; undefined if it is not a video that browsers play. */
export const readVideo = async (
  bucket: R2Bucket,
  key: string,
  size: number,
): Promise<VideoFacts | undefined> => {
  const read: ReadBytes = async (start, end) => {
    const object = await bucket.get(key, { range: { offset: start, length: end - start } });
    return object ? new Uint8Array(await object.arrayBuffer()) : new Uint8Array();
  };
  const input = new Input({
    formats: [MP4, QTFF, WEBM],
    source: new CustomSource({ getSize: () => size, read }),
  });
  try {
    const mimeType = (await input.getMimeType()).split(";")[0] ?? "";
    const mediaType = TYPES[mimeType];
    const track = await input.getPrimaryVideoTrack();
    if (!mediaType || !track) return undefined;
    const { displayWidth: width, displayHeight: height } = track;
    const durationMs = Math.round((await input.computeDuration()) * 1_000);
    if (width < 1 || height < 1 || width > MAX_SIDE || height > MAX_SIDE || !(durationMs > 0))
      return undefined;
    const places = mediaType === "video/webm" ? [] : await findMetadata(read, size);
    return { mediaType, width, height, durationMs, keyFrame: await keyFrameOf(track), places };
  } catch {
    // mediabunny throws both for files that are not videos and for truncated ones.
    return undefined;
  } finally {
    input.dispose();
  }
};
