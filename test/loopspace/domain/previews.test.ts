import { beforeAll, describe, expect, it } from "vitest";
import {
  type AudioAnalysis,
  analyseAudio,
  identifyAudio,
} from "../../../src/products/loopspace/domain/analysis/index.ts";
import { encodeWithFfmpeg, hasFfmpeg, inMemory, type Recipe, wavOf } from "../../support/audio-files.ts";

const LONG: Recipe = {
  name: "long.wav",
  args: ["-f", "lavfi", "-i", "sine=f=440:r=44100:d=90", "-c:a", "pcm_s16le"],
};
const SHORT: Recipe = { name: "short.wav", args: ["-f", "lavfi", "-i", "sine=f=440:r=44100:d=20"] };
const recipe = (of: Recipe, name: string, ...args: string[]): Recipe => ({
  name,
  args: ["-i", of.name, ...args],
});

const analysed = async (bytes: Uint8Array): Promise<AudioAnalysis> => {
  const result = await analyseAudio(inMemory(bytes));
  if (!result.ok) throw new Error(result.failure);
  return result.value;
};

/** Returns the bytes that a listener without a purchase gets. */
const previewIn = (bytes: Uint8Array, { preview }: AudioAnalysis): Uint8Array => {
  if (!preview) return new Uint8Array();
  return "file" in preview ? preview.file : bytes.subarray(0, preview.bytes);
};

const boxesOf = (bytes: Uint8Array): string[] => {
  const names: string[] = [];
  for (let at = 0; at + 8 <= bytes.length; ) {
    names.push(String.fromCharCode(...bytes.subarray(at + 4, at + 8)));
    at += new DataView(bytes.buffer, bytes.byteOffset).getUint32(at) || bytes.length;
  }
  return names;
};

const there = await hasFfmpeg();

describe.runIf(there)("the preview of an audio file", () => {
  beforeAll(async () => {
    for (const one of [LONG, SHORT]) await encodeWithFfmpeg(one);
    await encodeWithFfmpeg({
      name: "cover.png",
      // Noise, which an encoder cannot compress.
      args: ["-f", "lavfi", "-i", "nullsrc=s=800x800,geq=random(1)*255:128:128", "-frames:v", "1"],
    });
  });

  const CASES: readonly [string, ...string[]][] = [
    ["p.mp3", "-b:a", "128k"],
    ["vbr.mp3", "-q:a", "4"],
    ["p.flac"],
    ["p.wav"],
    ["p.aac", "-c:a", "aac"],
    ["end.m4a", "-c:a", "aac"],
    ["front.m4a", "-c:a", "aac", "-movflags", "+faststart"],
    ["pieces.mp4", "-c:a", "aac", "-movflags", "+frag_keyframe+empty_moov"],
  ];

  it.each(CASES)("has 30 of 90 seconds, and 10 of 20 (%s)", async (name, ...args) => {
    for (const [of, seconds] of [
      [LONG, 30],
      [SHORT, 10],
    ] as const) {
      const bytes = await encodeWithFfmpeg(recipe(of, `${of.name}-${name}`, ...args));
      const whole = await analysed(bytes);
      expect(whole.preview?.seconds).toBeLessThanOrEqual(Math.min(30, whole.duration / 2 + 0.001));
      expect(whole.preview?.seconds).toBeGreaterThan(seconds - 0.2);
      const part = previewIn(bytes, whole);
      expect(part.length).toBeLessThan(bytes.length * 0.6);
      expect(await identifyAudio(inMemory(part))).toMatchObject({ kind: { mediaType: whole.mediaType } });
      const heard = await analysed(part);
      expect(heard.duration).toBeGreaterThan(seconds - 0.3);
      expect(heard.duration).toBeLessThan(seconds + 0.1);
      expect(heard.sampleRate).toBe(44_100);
    }
  });

  it("of an MP4 file is playable while it loads, and describes nothing after its end", async () => {
    const bytes = await encodeWithFfmpeg(recipe(LONG, "trailing.m4a", "-c:a", "aac"));
    expect(boxesOf(bytes).at(-1)).toBe("moov");
    const whole = await analysed(bytes);
    const boxes = boxesOf(previewIn(bytes, whole));
    expect(boxes.indexOf("moov")).toBeGreaterThan(0);
    expect(boxes.indexOf("moov")).toBeLessThan(boxes.indexOf("mdat"));
  });

  it("contains the sound after a cover of any size", async () => {
    const covered = recipe(
      LONG,
      "covered.mp3",
      ...[
        "-i",
        "cover.png",
        "-map",
        "0",
        "-map",
        "1",
        "-c:v",
        "png",
        "-disposition:v",
        "attached_pic",
        "-b:a",
        "64k",
      ],
    );
    const bytes = await encodeWithFfmpeg(covered);
    const whole = await analysed(bytes);
    expect(whole.cover?.bytes.length).toBeGreaterThan(500_000);
    expect((await analysed(previewIn(bytes, whole))).duration).toBeGreaterThan(29.5);
  });
});

describe("the preview of a WAV file", () => {
  it("ends with a complete sample, and a file of one sample has none", async () => {
    const bytes = wavOf(new Array(8_001).fill(0.5));
    expect((await analysed(bytes)).preview).toEqual({ seconds: 0.5, bytes: 44 + 8_000 });
    expect((await analysed(wavOf([0.5]))).preview).toBeUndefined();
  });
});
