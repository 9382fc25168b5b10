import { BufferTarget, EncodedPacket, EncodedVideoPacketSource, Mp4OutputFormat, Output } from "mediabunny";
import { makeVideo } from "../../src/core/providers/sandbox/video.ts";

/** Returns a playable WebM: one second that the sandbox makes. */
export const makeWebm = async (): Promise<Uint8Array<ArrayBuffer>> => {
  const video = await makeVideo(
    { prompt: "a test", seed: 1, aspectRatio: "16:9", durationSeconds: 1, hd: false },
    async () => true,
  );
  if (!video) throw new Error("nothing was made");
  return video.bytes.slice();
};

const box = (type: string, content: Uint8Array): Uint8Array => {
  const whole = new Uint8Array(8 + content.length);
  new DataView(whole.buffer).setUint32(0, whole.length);
  whole.set(new TextEncoder().encode(type), 4);
  whole.set(content, 8);
  return whole;
};

/** The location in the ISO 6709 format that phones write into a video. */
export const LOCATION = "+39.9042+116.4074/";

/**
 * Returns an MP4 of two seconds. Its index is at the end and contains the location; its frames are not decodable.
 */
export const makeMp4 = async (): Promise<Uint8Array<ArrayBuffer>> => {
  const source = new EncodedVideoPacketSource("vp9");
  const target = new BufferTarget();
  const output = new Output({ format: new Mp4OutputFormat({ fastStart: false }), target });
  output.addVideoTrack(source, { rotation: 90 });
  await output.start();
  for (let i = 0; i < 20; i++) {
    const packet = new EncodedPacket(new Uint8Array(4_000).fill(i), i ? "delta" : "key", i / 10, 0.1);
    await source.add(packet, {
      decoderConfig: { codec: "vp09.00.10.08", codedWidth: 320, codedHeight: 180 },
    });
  }
  await output.finalize();
  const made = new Uint8Array(target.buffer ?? new ArrayBuffer());
  const text = new TextEncoder().encode(LOCATION);
  const place = new Uint8Array([0, text.length, 0x15, 0xc7, ...text]);
  const udta = box("udta", box("\u00a9xyz".replace("\u00a9", "c"), place));
  udta[12] = 0xa9;
  const moov = findBox(made, "moov");
  const view = new DataView(made.buffer);
  view.setUint32(moov, view.getUint32(moov) + udta.length);
  return new Uint8Array([...made, ...udta]);
};

/** Returns the offset of a top-level box. */
const findBox = (bytes: Uint8Array, type: string): number => {
  const view = new DataView(bytes.buffer);
  for (let at = 0; at + 8 <= bytes.length; ) {
    if (String.fromCharCode(...bytes.subarray(at + 4, at + 8)) === type) return at;
    const size = view.getUint32(at);
    at += size === 1 ? Number(view.getBigUint64(at + 8)) : size;
  }
  throw new Error(`no ${type}`);
};
