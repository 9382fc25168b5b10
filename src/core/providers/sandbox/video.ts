import { BufferTarget, EncodedPacket, EncodedVideoPacketSource, Output, WebMOutputFormat } from "mediabunny";
import type { AspectRatio } from "../facts.ts";
import { Scene } from "./scene.ts";
import { encodeWebp, vp8FrameOf } from "./webp.ts";

/** A low frame rate is enough for slow waves, and the encoding time grows with it. */
const FRAMES_A_SECOND = 12;
const MAX_SECONDS = 10;
const HD_SCALE = 2;
/** Share of the scene in the last frame of a video that begins with an input picture. */
const MOST_OF_THE_SCENE = 0.6;

const SIZES: Readonly<Record<AspectRatio, readonly [width: number, height: number]>> = {
  "16:9": [640, 360],
  "9:16": [360, 640],
  "1:1": [480, 480],
  "4:3": [640, 480],
  "3:4": [480, 640],
};

export interface SandboxVideo {
  readonly prompt: string;
  readonly negativePrompt?: string | undefined;
  readonly seed: number;
  readonly aspectRatio: AspectRatio;
  readonly durationSeconds: number;
  readonly hd: boolean;
  /** Returns the first frame in the size of the video, as RGB. */
  readonly firstFrame?: ((width: number, height: number) => Promise<Uint8Array>) | undefined;
}

export interface MadeVideo {
  /** WebM, VP8. */
  readonly bytes: Uint8Array;
  /** WebP of the middle frame. */
  readonly thumbnail: Uint8Array;
}

/**
 * Makes a video frame by frame. `onFrame` receives the number of finished frames and returns whether to continue; if
 * it returns false, the result is undefined. Between two frames the isolate can process other requests.
 */
export const makeVideo = async (
  asked: SandboxVideo,
  onFrame: (done: number, of: number) => Promise<boolean>,
): Promise<MadeVideo | undefined> => {
  const [width, height] = SIZES[asked.aspectRatio].map((side) => side * (asked.hd ? HD_SCALE : 1)) as [
    number,
    number,
  ];
  const scene = new Scene({ ...asked, width, height, picture: await asked.firstFrame?.(width, height) });
  const frames = Math.round(Math.min(MAX_SECONDS, asked.durationSeconds) * FRAMES_A_SECOND);
  const source = new EncodedVideoPacketSource("vp8");
  const target = new BufferTarget();
  const output = new Output({ format: new WebMOutputFormat(), target });
  output.addVideoTrack(source, { frameRate: FRAMES_A_SECOND });
  await output.start();
  let thumbnail: Uint8Array | undefined;
  for (let i = 0; i < frames; i++) {
    // With an input picture, the video begins with that picture and the scene fades in, but never completely.
    scene.draw(i / frames, asked.firstFrame ? (i / frames) * MOST_OF_THE_SCENE : 1);
    const webp = await encodeWebp(scene.pixels, width, height);
    if (i === frames >> 1) thumbnail = webp;
    const packet = new EncodedPacket(vp8FrameOf(webp), "key", i / FRAMES_A_SECOND, 1 / FRAMES_A_SECOND);
    await source.add(packet, {
      decoderConfig: { codec: "vp8", codedWidth: width, codedHeight: height },
    });
    if (!(await onFrame(i + 1, frames))) {
      await output.cancel();
      return undefined;
    }
    await scheduler.wait(0);
  }
  await output.finalize();
  if (!target.buffer || !thumbnail) throw new Error("the encoder returned no video");
  return { bytes: new Uint8Array(target.buffer), thumbnail };
};
