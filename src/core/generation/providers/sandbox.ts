import { hashOf } from "../sandbox/random.ts";
import { makeVideo } from "../sandbox/video.ts";
import type { VideoProvider } from "./spec.ts";

/** Watchers hear of every so many hundredths. */
const REPORT_EVERY = 5;

/**
 * Makes videos itself, without network: pictures that move in the colours of the prompt, with the prompt and the word
 * "sandbox" in them. The same prompt and seed give the same bytes. Stands in where a provider has no credentials, and is
 * for development.
 */
export const sandboxProvider: VideoProvider = {
  name: "sandbox",
  repeatable: true,
  pollSeconds: 1,
  start: async (spec, { report }) => {
    let reported = 0;
    const video = await makeVideo({ ...spec, seed: spec.seed ?? hashOf(spec.taskId) }, async (done, of) => {
      const progress = Math.floor((done / of) * 99);
      if (progress < reported + REPORT_EVERY) return true;
      reported = progress;
      return report(progress);
    });
    if (!video) return { kind: "unavailable", delivered: "no", detail: "nobody wants it any more" };
    return {
      kind: "made",
      media: {
        bytes: video.bytes,
        contentType: "video/webm",
        thumbnail: { bytes: video.thumbnail, contentType: "image/webp" },
      },
    };
  },
  poll: async () => ({ kind: "refused", reason: "provider_failed", detail: "the sandbox keeps no jobs" }),
  cancel: async () => undefined,
  listModels: async () => ["sandbox"],
};
