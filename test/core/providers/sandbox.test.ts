import { env } from "cloudflare:workers";
import { ALL_FORMATS, BufferSource, EncodedPacketSink, Input } from "mediabunny";
import { describe, expect, it } from "vitest";
import { sandboxVideos } from "../../../src/core/providers/adapters/sandbox.ts";
import { ASPECT_RATIOS, type VideoSpec } from "../../../src/core/providers/index.ts";
import { BAND, captionLayer, INK, wrap } from "../../../src/core/providers/sandbox/caption.ts";
import { glyphOf } from "../../../src/core/providers/sandbox/glyphs.ts";
import { Scene } from "../../../src/core/providers/sandbox/scene.ts";
import { cropPng } from "../../../src/platform/images.ts";

const spec = (change: Partial<VideoSpec> = {}): VideoSpec => ({
  taskId: "00000000-0000-4000-8000-000000000000",
  model: "sandbox",
  prompt: "海边的日落",
  aspectRatio: "16:9",
  durationSeconds: 1,
  hd: false,
  ...change,
});

const sandboxProvider = sandboxVideos((image, width, height) =>
  cropPng(env.IMAGES, image.bytes, width, height),
);

const make = async (
  change: Partial<VideoSpec> = {},
  report: (progress: number) => Promise<boolean> = async () => true,
) => sandboxProvider.start(spec(change), { signal: AbortSignal.timeout(20_000), report });

const made = async (change: Partial<VideoSpec> = {}) => {
  const outcome = await make(change);
  if (outcome.kind !== "made") throw new Error(outcome.kind);
  const [video] = outcome.media;
  if (!video) throw new Error("nothing was made");
  return video;
};

const factsOf = async (bytes: Uint8Array) => {
  const input = new Input({ formats: ALL_FORMATS, source: new BufferSource(bytes.slice().buffer) });
  const track = await input.getPrimaryVideoTrack();
  if (!track) throw new Error("no video track");
  let frames = 0;
  for await (const packet of new EncodedPacketSink(track).packets()) if (packet) frames++;
  return {
    codec: track.codec,
    width: track.codedWidth,
    height: track.codedHeight,
    seconds: await input.computeDuration(),
    frames,
  };
};

const textOf = (lines: number[][]) => lines.map((line) => String.fromCodePoint(...line));

describe("a sandbox video", () => {
  it.each(ASPECT_RATIOS)("is a VP8 WebM in %s with the requested duration", async (aspectRatio) => {
    const { bytes, contentType, thumbnail } = await made({ aspectRatio });
    expect(contentType).toBe("video/webm");
    const { codec, width, height, seconds, frames } = await factsOf(bytes);
    expect([codec, frames]).toEqual(["vp8", 12]);
    const [across = 1, down = 1] = aspectRatio.split(":").map(Number);
    expect(width / height).toBeCloseTo(across / down, 2);
    expect(seconds).toBeCloseTo(1, 1);
    expect(String.fromCharCode(...(thumbnail?.bytes.slice(8, 12) ?? []))).toBe("WEBP");
  });

  it("has at most ten seconds, and twice the size in HD", async () => {
    expect((await factsOf((await made({ durationSeconds: 60 })).bytes)).seconds).toBeCloseTo(10, 1);
    expect(await factsOf((await made({ hd: true })).bytes)).toMatchObject({ width: 1280, height: 720 });
  });

  it("is the same for equal prompts and seeds, and different otherwise", async () => {
    const [one, again, other, prompt] = await Promise.all([
      made({ seed: 1 }),
      made({ seed: 1, taskId: crypto.randomUUID() }),
      made({ seed: 2 }),
      made({ seed: 1, prompt: "雪山" }),
    ]);
    expect(again.bytes).toEqual(one.bytes);
    expect(other.bytes).not.toEqual(one.bytes);
    expect(prompt.bytes).not.toEqual(one.bytes);
  });

  it("reports its progress while frames are made", async () => {
    const seen: number[] = [];
    await make({ durationSeconds: 4 }, async (progress) => {
      seen.push(progress);
      return true;
    });
    expect(seen.length).toBeGreaterThan(10);
    expect(seen).toEqual([...seen].sort((a, b) => a - b));
    expect(seen.at(-1)).toBeGreaterThanOrEqual(90);
    expect(seen.at(-1)).toBeLessThan(100);
  });

  it("stops when the task was cancelled", async () => {
    let heard = 0;
    const outcome = await make({ durationSeconds: 10 }, async () => ++heard < 3);
    expect(outcome).toMatchObject({ kind: "unavailable" });
    expect(heard).toBe(3);
  });
});

describe("the text in it", () => {
  it("is the prompt and the label, over a band", () => {
    const blank = captionLayer(640, 360, "", "sandbox");
    const layer = captionLayer(640, 360, "猫 cat", "sandbox");
    const count = (bytes: Uint8Array, value: number) => bytes.filter((byte) => byte === value).length;
    expect(count(blank, INK)).toBeGreaterThan(300);
    expect(count(layer, INK)).toBeGreaterThan(count(blank, INK) + 300);
    expect(count(layer, BAND)).toBeGreaterThan(640 * 20);
  });

  it("is visible in the picture: another prompt changes the pixels of its area", () => {
    const draw = (prompt: string) => {
      const scene = new Scene({ width: 640, height: 360, prompt, seed: 1 });
      scene.draw(0.5);
      return scene.pixels;
    };
    const white = (pixels: Uint8Array) => {
      let found = 0;
      for (let i = 360 * 0.8 * 640 * 4; i < pixels.length; i += 4)
        if (pixels[i] === 255 && pixels[i + 1] === 255 && pixels[i + 2] === 255) found++;
      return found;
    };
    expect(white(draw("一只可爱的小猫在草地上玩耍"))).toBeGreaterThan(1_500);
  });

  it("breaks Chinese anywhere and English between words, and truncates long text", () => {
    expect(textOf(wrap("一二三四五六", 16 * 4))).toEqual(["一二三四", "五六"]);
    expect(textOf(wrap("a cat on the grass", 8 * 8))).toEqual(["a cat on", "the", "grass"]);
    const long = textOf(wrap("字".repeat(100), 16 * 10));
    expect(long).toHaveLength(3);
    expect(long[2]?.endsWith("…")).toBe(true);
    expect(long.every((line) => [...line].length <= 10)).toBe(true);
  });

  it("shows a box for characters that the font lacks", () => {
    expect(glyphOf(0x1f600)).toEqual(glyphOf(0x25a1));
    expect(glyphOf("猫".codePointAt(0) ?? 0).width).toBe(16);
    expect(glyphOf("a".codePointAt(0) ?? 0).width).toBe(8);
  });
});
