import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import {
  analyseAudio,
  identifyAudio,
  storedAudio,
} from "../../../src/products/loopspace/domain/analysis/index.ts";
import { PeakTrack } from "../../../src/products/loopspace/domain/analysis/peaks.ts";
import { type AudioSource, READ_BYTES } from "../../../src/products/loopspace/domain/analysis/source.ts";
import { flacOf20Bits, inMemory, wavOf } from "../../support/audio-files.ts";

const MEGABYTE = 1_024 * 1_024;

/** A source with the given head and then zeros, which take no memory. */
const hugeOf = (head: Uint8Array, size: number): AudioSource & { longest: number; reads: number } => {
  const source = {
    size,
    longest: 0,
    reads: 0,
    read: async (offset: number, length: number) => {
      source.longest = Math.max(source.longest, length);
      source.reads++;
      const bytes = new Uint8Array(Math.min(length, size - offset));
      if (offset < head.length) bytes.set(head.subarray(offset, offset + bytes.length));
      return bytes;
    },
  };
  return source;
};

describe("a waveform", () => {
  const waveformOf = (
    samples: readonly number[],
    piece: number,
    channels = 1,
    isPlanar = false,
  ): number[] => {
    const peaks = new PeakTrack();
    for (let at = 0; at < samples.length; at += piece * channels) {
      const part = samples.slice(at, at + piece * channels);
      peaks.add(part, part.length / channels, channels, isPlanar);
    }
    return peaks.waveform(false);
  };
  const ramp = Array.from({ length: 1_000_000 }, (_, i) => (i % 2 ? -1 : 1) * (i / 1_000_000));

  it("has the peak of each section, from pieces of any size", () => {
    const whole = waveformOf(ramp, ramp.length);
    expect(whole).toHaveLength(200);
    for (const [i, peak] of whole.entries()) expect(peak).toBeCloseTo((i + 1) / 200, 3);
    expect(waveformOf(ramp, 1_152)).toEqual(whole);
    expect(waveformOf(ramp, 777)).toEqual(whole);
  });

  it("includes all channels, planar or interleaved", () => {
    const turns = Array.from({ length: 8_000 }, (_, i) => (i % 2 ? -0.75 : 0.1));
    expect(new Set(waveformOf(turns, 4_000, 2, false))).toEqual(new Set([0.75]));
    const rows = [...new Array<number>(4_000).fill(0.1), ...new Array<number>(4_000).fill(-0.75)];
    expect(new Set(waveformOf(rows, 4_000, 2, true))).toEqual(new Set([0.75]));
  });

  it("has 200 peaks of a sound shorter than that, and none above full scale", () => {
    expect(waveformOf([0.5], 1)).toEqual(new Array(200).fill(0.5));
    const wild = [Number.NaN, Number.POSITIVE_INFINITY, 3, -7];
    expect(Math.max(...waveformOf(wild, 4))).toBe(1);
    expect(waveformOf([Number.NaN], 1)).toEqual(new Array(200).fill(0));
  });

  it("of levels is scaled by its loudest, and silence stays silence", () => {
    const peaks = new PeakTrack();
    peaks.addLevel(200, 50_000);
    peaks.addLevel(50, 50_000);
    const waveform = peaks.waveform(true);
    expect([waveform[0], waveform[199]]).toEqual([1, 0.25]);
    const silence = new PeakTrack();
    silence.addLevel(0, 50_000);
    expect(silence.waveform(true)).toEqual(new Array(200).fill(0));
  });
});

describe("an audio file of 100 MB", () => {
  it("is read in pieces of a megabyte", async () => {
    const source = hugeOf(wavOf([1, -1, 1, -1], [], 0xffff_ffff), 100 * MEGABYTE);
    const result = await analyseAudio(source);
    expect(result).toMatchObject({ ok: true, value: { duration: 6_553.597 } });
    expect(result.ok && [result.value.waveform[0], result.value.waveform[1]]).toEqual([1, 0]);
    expect(source.longest).toBeLessThanOrEqual(READ_BYTES);
    // The reads for format, sound and tags must not be small ones.
    expect(source.reads).toBeLessThan(120);
  });

  it.each([
    ["WAV with empty chunks", wavOf([]).subarray(0, 36)],
    ["FLAC without a last block", new Uint8Array([0x66, 0x4c, 0x61, 0x43, 0, 0, 0, 34, 16, 0, 16, 0])],
    ["MP3 that is only a tag", new Uint8Array([0x49, 0x44, 0x33, 4, 0, 0, 0x2f, 0x7f, 0x7f, 0x7f])],
    ["MP4 with empty boxes", new Uint8Array([0, 0, 0, 12, 0x66, 0x74, 0x79, 0x70, 0x4d, 0x34, 0x41, 0x20])],
    [
      "MP4 that is only an index",
      new Uint8Array([
        ...[0, 0, 0, 12, 0x66, 0x74, 0x79, 0x70, 0x4d, 0x34, 0x41, 0x20],
        ...[6, 0x3f, 0xff, 0xf4, 0x6d, 0x6f, 0x6f, 0x76],
      ]),
    ],
  ])("with invalid content is cheap to refuse (%s)", async (_, head) => {
    const source = hugeOf(head, 100 * MEGABYTE);
    expect((await analyseAudio(source)).ok).toBe(false);
    expect(source.longest).toBeLessThanOrEqual(16 * MEGABYTE);
    expect(source.reads).toBeLessThan(250);
  });
});

describe("a WAV file", () => {
  it("may have chunks of any kind and size before its sound", async () => {
    const odd = new Uint8Array([0x4c, 0x49, 0x53, 0x54, 3, 0, 0, 0, 1, 2, 3, 0]);
    const samples = Array.from({ length: 4_000 }, (_, i) => (i < 2_000 ? 0.25 : 0.5));
    const result = await analyseAudio(inMemory(wavOf(samples, [odd])));
    expect(result).toMatchObject({ ok: true, value: { duration: 0.5, sampleRate: 8_000, channels: 1 } });
    expect(result.ok && result.value.waveform[10]).toBeCloseTo(0.25, 3);
    expect(result.ok && result.value.waveform[190]).toBeCloseTo(0.5, 3);
  });

  it.each([0, 0xffff_ffff, 1_000_000])(
    "is read to its end when it declares a length of %i",
    async (declared) => {
      const result = await analyseAudio(inMemory(wavOf(new Array(800).fill(0.5), [], declared)));
      expect(result).toMatchObject({ ok: true, value: { duration: 0.1 } });
    },
  );

  it("without sound is refused", async () => {
    expect(await analyseAudio(inMemory(wavOf([])))).toEqual({ ok: false, failure: "unsupported" });
  });
});

describe("a FLAC file of 20 bits", () => {
  it("is estimated, because the decoder cannot scale samples of 20 bits", async () => {
    const result = await analyseAudio(inMemory(flacOf20Bits(new Array(100).fill(100_000))));
    expect(result).toMatchObject({
      ok: true,
      value: { format: "flac", duration: 0.435, channels: 1, sampleRate: 44_100, isEstimated: true },
    });
  });
});

describe("a stored file", () => {
  it("is read in place with range requests", async () => {
    const bytes = wavOf(new Array(8_000).fill(0.5));
    await env.MEDIA.put("audio/stored", bytes);
    const source = storedAudio(env.MEDIA, "audio/stored", bytes.length);
    expect(await identifyAudio(source)).toMatchObject({ kind: { mediaType: "audio/wav" } });
    expect(await analyseAudio(source)).toMatchObject({ ok: true, value: { duration: 1 } });
  });

  it("that cannot be read causes a retry instead of a refusal", async () => {
    await expect(analyseAudio(storedAudio(env.MEDIA, "audio/gone", 1_000))).rejects.toThrow("gone");
    const bytes = wavOf(new Array(800_000).fill(0.5));
    let reads = 0;
    const read: AudioSource["read"] = async (offset, length) => {
      if (++reads > 2) throw new Error("R2 is away");
      return bytes.slice(offset, offset + length);
    };
    await expect(analyseAudio({ size: bytes.length, read })).rejects.toThrow("R2 is away");
  });
});
