import { defineProvider } from "../define.ts";
import type { CropPicture, GeneratedMedia, ImageProvider, VideoProvider } from "../media.ts";
import { makePicture } from "../sandbox/picture.ts";
import { hashOf } from "../sandbox/random.ts";
import { readPng } from "../sandbox/read-png.ts";
import { makeVideo } from "../sandbox/video.ts";
import { sandboxChat } from "./sandbox-chat.ts";

/** Progress is reported in steps of this many percent. */
const REPORT_EVERY = 5;

const SETTLED = { kind: "unavailable", delivered: "no", detail: "the task was settled meanwhile" } as const;

/**
 * Generates videos locally, without network: moving pictures in colours that fit the prompt, with the prompt and the
 * word "sandbox" written on them. The same prompt and seed give the same bytes. Used in development, and as a
 * substitute for providers without credentials.
 */
export const sandboxVideos = (cut: CropPicture): VideoProvider => ({
  name: "sandbox",
  repeatable: true,
  pollSeconds: 1,
  start: async (spec, { report }) => {
    let reported = 0;
    const { image } = spec;
    const asked = {
      ...spec,
      seed: spec.seed ?? hashOf(spec.taskId),
      firstFrame:
        image && (async (width: number, height: number) => readPng(await cut(image, width, height)).rgb),
    };
    const video = await makeVideo(asked, async (done, of) => {
      const progress = Math.floor((done / of) * 99);
      if (progress < reported + REPORT_EVERY) return true;
      reported = progress;
      return report(progress);
    });
    if (!video) return SETTLED;
    const thumbnail = { bytes: video.thumbnail, contentType: "image/webp" };
    return { kind: "made", media: [{ bytes: video.bytes, contentType: "video/webm", thumbnail }] };
  },
  poll: async () => ({ kind: "refused", reason: "provider_failed", detail: "the sandbox keeps no jobs" }),
  cancel: async () => undefined,
  listModels: async () => ["sandbox"],
});

/**
 * The same for images: PNG files of exactly the requested size. An input picture shows through, less with a higher
 * strength.
 */
const sandboxImages = (cut: CropPicture): ImageProvider => ({
  name: "sandbox",
  repeatable: true,
  make: async (spec, { report }) => {
    const { width, height, input } = spec;
    const seed = spec.seed ?? hashOf(spec.taskId);
    const picture = input && readPng(await cut(input, width, height)).rgb;
    const media: GeneratedMedia[] = [];
    for (let index = 0; index < spec.count; index++) {
      const bytes = makePicture({ ...spec, seed: seed + index, picture, strength: input?.strength });
      media.push({ bytes, contentType: "image/png" });
      if (!(await report((99 * media.length) / spec.count))) return SETTLED;
      await scheduler.wait(0);
    }
    return { kind: "made", media };
  },
  listModels: async () => ["sandbox"],
});

export const sandbox = defineProvider({
  name: "sandbox",
  label: "Sandbox",
  settings: ["SANDBOX_PROVIDERS"],
  models: {
    image: [{ id: "sandbox", vendorModel: "sandbox", aliases: [] }],
    video: [
      {
        id: "sandbox",
        vendorModel: "sandbox",
        aliases: [],
        maxSeconds: 10,
      },
    ],
    assistant: [{ id: "sandbox", vendorModel: "sandbox", aliases: [] }],
  },
  create: (s, { cropPicture }) =>
    s.SANDBOX_PROVIDERS
      ? { image: sandboxImages(cropPicture), video: sandboxVideos(cropPicture), assistant: sandboxChat }
      : undefined,
});
