import { env } from "cloudflare:test";
import { describe, expect, it } from "vitest";
import { downloadVideo } from "../../../src/core/generation/store-media.ts";
import type { MediaSource } from "../../../src/core/providers/media.ts";
import { MediaStore } from "../../../src/platform/media.ts";

const MAX_BYTES = 1_024;

const sourceOf = (bytes: number, contentLength: number | undefined): MediaSource => ({
  open: async () => ({
    body: new Blob([new Uint8Array(bytes)]).stream(),
    contentType: "video/mp4",
    ...(contentLength !== undefined && { contentLength }),
  }),
});

describe("the download of a video that is larger than the limit", () => {
  it.each([
    ["with its length", MAX_BYTES + 1],
    ["without its length", undefined],
  ])("fails the task when the provider answers %s", async (_, contentLength) => {
    const source = sourceOf(MAX_BYTES + 1, contentLength);
    const store = new MediaStore(env.MEDIA);
    const stored = await downloadVideo(store, "large", source, new AbortController().signal, MAX_BYTES);
    expect(stored).toMatchObject({ kind: "refused", reason: "provider_failed" });
    expect(await env.MEDIA.head("generation/large/media")).toBeNull();
  });
});
