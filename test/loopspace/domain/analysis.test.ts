import { beforeAll, describe, expect, it } from "vitest";
import {
  type AudioAnalysis,
  analyseAudio,
  identifyAudio,
} from "../../../src/products/loopspace/domain/analysis/index.ts";
import {
  correlation,
  encodeWithFfmpeg,
  ffmpegPeaks,
  hasFfmpeg,
  inMemory,
  type Recipe,
} from "../../support/audio-files.ts";

/**
 * Twelve seconds: a gated tone with a gliding pitch, swelling noise, silence, a click. The left and right channels
 * differ.
 */
const PROGRAMME = [
  "aevalsrc=exprs='",
  "between(t\\,0.5\\,9)*(0.1+0.4*abs(sin(2*PI*t/7.3))*mod(floor(t*1.7)\\,3)/2)*sin(2*PI*(220+180*sin(2*PI*t/11))*t)",
  "+0.3*pow(abs(sin(2*PI*t/5.1))\\,3)*(random(0)*2-1)*lt(t\\,11)",
  "|0.2*sin(2*PI*330*t)*abs(sin(2*PI*t/4))*lt(t\\,11)",
  "+0.3*pow(abs(sin(2*PI*t/5.1))\\,3)*(random(1)*2-1)*lt(t\\,11)+0.8*between(t\\,11.5\\,11.502)",
  "':s=44100:d=12",
].join("");
const ORIGINAL: Recipe = {
  name: "original.wav",
  args: ["-f", "lavfi", "-i", PROGRAMME, "-c:a", "pcm_f32le"],
};
const recipe = (name: string, ...args: string[]): Recipe => ({ name, args: ["-i", ORIGINAL.name, ...args] });

const analysed = async (bytes: Uint8Array): Promise<AudioAnalysis> => {
  const result = await analyseAudio(inMemory(bytes));
  if (!result.ok) throw new Error(result.failure);
  return result.value;
};

const there = await hasFfmpeg();

beforeAll(async () => {
  if (there) await encodeWithFfmpeg(ORIGINAL);
});

describe.runIf(there)("an audio file", () => {
  const mp3 = recipe("cbr.mp3", "-c:a", "libmp3lame", "-b:a", "128k");
  const CASES: readonly [Recipe, Partial<AudioAnalysis>, correlation: number][] = [
    [mp3, { format: "mp3", codec: "mp3", mediaType: "audio/mpeg", bitrate: 128 }, 0.99],
    [recipe("320.mp3", "-c:a", "libmp3lame", "-b:a", "320k"), { bitrate: 320 }, 0.99],
    [recipe("vbr.mp3", "-c:a", "libmp3lame", "-q:a", "4", "-write_xing", "0"), { format: "mp3" }, 0.99],
    [
      recipe("mono.mp3", "-ac", "1", "-ar", "22050", "-b:a", "48k"),
      { sampleRate: 22_050, channels: 1 },
      0.99,
    ],
    [
      recipe("16.flac", "-sample_fmt", "s16"),
      { format: "flac", codec: "flac", mediaType: "audio/flac" },
      0.99,
    ],
    [recipe("24.flac", "-sample_fmt", "s32"), { format: "flac", sampleRate: 44_100 }, 0.99],
    [recipe("8.wav", "-c:a", "pcm_u8"), { format: "wav", codec: "pcm", bitrate: 706 }, 0.99],
    [recipe("16.wav", "-c:a", "pcm_s16le"), { mediaType: "audio/wav", bitrate: 1_411 }, 0.99],
    [recipe("24.wav", "-c:a", "pcm_s24le"), { bitrate: 2_117 }, 0.99],
    [recipe("32.wav", "-c:a", "pcm_s32le"), { bitrate: 2_822 }, 0.99],
    [recipe("float.wav", "-c:a", "pcm_f32le"), { bitrate: 2_822 }, 0.99],
    [recipe("six.wav", "-ac", "6", "-ar", "48000"), { channels: 6, sampleRate: 48_000 }, 0.99],
    [recipe("a.aac", "-c:a", "aac", "-b:a", "128k"), { format: "aac", mediaType: "audio/aac" }, 0.8],
    [recipe("mono.aac", "-c:a", "aac", "-ac", "1", "-b:a", "64k"), { channels: 1 }, 0.8],
    // Each of these sample rates has scale factor bands of its own.
    ...[96_000, 64_000, 32_000, 24_000, 16_000, 8_000].map(
      (rate): [Recipe, Partial<AudioAnalysis>, number] => [
        recipe(`${rate}.aac`, "-c:a", "aac", "-ar", String(rate)),
        { sampleRate: rate },
        0.8,
      ],
    ),
    [recipe("six.aac", "-c:a", "aac", "-ac", "6"), { channels: 6 }, 0.8],
    [recipe("a.m4a", "-c:a", "aac", "-b:a", "192k"), { format: "m4a", mediaType: "audio/mp4" }, 0.8],
    [recipe("front.m4a", "-c:a", "aac", "-movflags", "+faststart"), { codec: "aac" }, 0.8],
    [recipe("pieces.mp4", "-c:a", "aac", "-movflags", "+frag_keyframe+empty_moov"), { format: "m4a" }, 0.8],
  ];

  it.each(CASES)("has the same waveform as ffmpeg decodes ($name)", async (made, facts, least) => {
    const found = await analysed(await encodeWithFfmpeg(made));
    expect(found).toMatchObject({ sampleRate: 44_100, channels: 2, ...facts });
    expect(found.duration).toBeGreaterThan(11.99);
    expect(found.duration).toBeLessThan(12.2);
    expect(found.isEstimated).toBe(found.codec === "aac");
    expect(found.waveform).toHaveLength(200);
    expect(Math.min(...found.waveform)).toBeGreaterThanOrEqual(0);
    expect(Math.max(...found.waveform)).toBeLessThanOrEqual(1);
    const heard = await ffmpegPeaks(made, found.channels);
    const likeness = correlation(found.waveform, heard);
    console.log(`${made.name}: correlation ${likeness.toFixed(4)}`);
    expect(likeness).toBeGreaterThanOrEqual(least);
  });

  it("has an exact duration in ms when its encoder states the padding", async () => {
    expect((await analysed(await encodeWithFfmpeg(mp3))).duration).toBe(12);
    expect((await analysed(await encodeWithFfmpeg(recipe("16.flac")))).duration).toBe(12);
    expect((await analysed(await encodeWithFfmpeg(recipe("a.m4a", "-c:a", "aac")))).duration).toBe(12);
  });

  it("has its true peaks as shares of full scale", async () => {
    const made = recipe("float.wav", "-c:a", "pcm_f32le");
    const found = await analysed(await encodeWithFfmpeg(made));
    const heard = await ffmpegPeaks(made, 2);
    for (const [i, peak] of found.waveform.entries()) {
      // The border of two sections is exact to a fiftieth of a section, so the loudest sample may be in the
      // neighbour.
      const around = heard.slice(Math.max(0, i - 1), i + 2);
      expect(peak).toBeGreaterThanOrEqual(Math.min(...around) - 0.002);
      expect(peak).toBeLessThanOrEqual(Math.max(...around) + 0.002);
    }
  });

  it("is identified by its bytes, not by its name", async () => {
    const bytes = await encodeWithFfmpeg({ ...mp3, name: "x.mp3" });
    expect(await identifyAudio(inMemory(bytes))).toMatchObject({
      ok: true,
      kind: { format: "mp3", container: "mpeg", mediaType: "audio/mpeg" },
    });
  });

  it.each([
    ["film.mp4", "-f", "lavfi", "-i", "testsrc=d=12", "-c:a", "aac", "-c:v", "mpeg4"],
    ["lossless.m4a", "-c:a", "alac"],
    ["a.ogg", "-c:a", "flac"],
    ["a.mp2", "-c:a", "mp2"],
    ["a.aiff"],
  ])("is unsupported in any other format (%s)", async (name, ...args) => {
    const bytes = await encodeWithFfmpeg(recipe(name, ...args));
    expect(await analyseAudio(inMemory(bytes))).toEqual({ ok: false, failure: "unsupported" });
  });
});

describe.runIf(there)("the tags of an audio file", () => {
  const PICTURE = ["-f", "lavfi", "-i", "color=red:s=64x64:d=1", "-map", "0", "-map", "1", "-frames:v", "1"];
  const ATTACHED = ["-disposition:v", "attached_pic"];
  const SAID = { title: "夜曲", artist: "Ann & 周", album: "An Album", genre: "Pop", date: "2005-11-01" };
  const WORDS = Object.entries({ ...SAID, track: "3/12" }).flatMap(([key, value]) => [
    "-metadata",
    `${key}=${value}`,
  ]);

  it.each<[name: string, mediaType: string | undefined, ...args: string[]]>([
    ["t.mp3", "image/png", ...PICTURE, "-c:v", "png", ...ATTACHED],
    ["23.mp3", "image/jpeg", ...PICTURE, "-c:v", "mjpeg", ...ATTACHED, "-id3v2_version", "3"],
    ["t.flac", "image/png", ...PICTURE, "-c:v", "png", ...ATTACHED],
    ["t.m4a", "image/jpeg", ...PICTURE, "-c:a", "aac", "-c:v", "mjpeg", ...ATTACHED],
    ["t.wav", undefined],
    ["t.aac", undefined, "-write_id3v2", "1"],
  ])("are read (%s)", async (name, mediaType, ...args) => {
    const { tags, cover, duration } = await analysed(await encodeWithFfmpeg(recipe(name, ...args, ...WORDS)));
    const { title, artist, album, genre } = SAID;
    expect(tags).toEqual({ title, artist, album, genre, year: 2005, track: 3 });
    expect(cover?.mediaType).toBe(mediaType);
    expect(duration).toBeCloseTo(12, 1);
  });

  it("are empty when the file has none", async () => {
    const { tags, cover } = await analysed(
      await encodeWithFfmpeg(recipe("bare.wav", "-map_metadata", "-1", "-bitexact")),
    );
    expect(tags).toEqual({});
    expect(cover).toBeUndefined();
  });
});

describe.runIf(there)("a broken audio file", () => {
  const RECIPES = {
    mp3: recipe("b.mp3", "-b:a", "128k"),
    flac: recipe("b.flac"),
    wav: recipe("b.wav"),
    aac: recipe("b.aac", "-c:a", "aac"),
    m4a: recipe("b.m4a", "-c:a", "aac", "-movflags", "+faststart"),
  };
  const FORMATS = Object.keys(RECIPES) as (keyof typeof RECIPES)[];
  const files = new Map<string, Uint8Array>();
  const fileOf = (format: string): Uint8Array => files.get(format) ?? new Uint8Array();

  beforeAll(async () => {
    for (const format of FORMATS) files.set(format, await encodeWithFfmpeg(RECIPES[format]));
  });

  it.each(FORMATS)(
    "has the duration and waveform of its remaining part when it is truncated (%s)",
    async (format) => {
      const bytes = fileOf(format);
      const { duration, waveform } = await analysed(bytes.subarray(0, bytes.length / 2));
      expect(duration).toBeGreaterThan(4);
      expect(duration).toBeLessThan(8);
      // The gate opens after 0.5 s of twelve, so the first half must contain sound.
      expect(waveform.some((peak) => peak > 0.2)).toBe(true);
    },
  );

  it.each(FORMATS)("never makes the analysis throw, truncated at any point (%s)", async (format) => {
    const bytes = fileOf(format);
    for (const length of [0, 1, 4, 11, 12, 40, 44, 45, 100, 500, 1_000, 3_000, 9_000]) {
      const result = await analyseAudio(inMemory(bytes.subarray(0, length)));
      if (length < 12) expect(result.ok).toBe(false);
    }
  });

  it.each(["mp3", "flac", "aac"])(
    "is read past junk, which is not part of the waveform (%s)",
    async (format) => {
      const bytes = fileOf(format);
      const middle = bytes.length >> 1;
      // The junk contains many sync words of frames.
      const junk = Uint8Array.from({ length: 60_000 }, (_, i) => [0xff, 0xfb, 0xf8, 0xf1][(i * 7) % 4] ?? 0);
      const whole = await analysed(bytes);
      const found = await analysed(
        Uint8Array.from([...bytes.subarray(0, middle), ...junk, ...bytes.subarray(middle)]),
      );
      expect(Math.abs(found.duration - whole.duration)).toBeLessThan(0.3);
      expect(correlation(found.waveform, whole.waveform)).toBeGreaterThan(0.9);
    },
  );

  it.each(FORMATS)("never makes the analysis throw, with any corrupted bytes (%s)", async (format) => {
    const bytes = fileOf(format);
    let state = 1;
    const random = () => {
      state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
      return state / 4_294_967_296;
    };
    for (let round = 0; round < 12; round++) {
      const broken = bytes.slice();
      for (let i = 0; i < 10 ** (round % 4); i++)
        broken[Math.floor(random() * (round % 2 ? broken.length : 4_000))] = Math.floor(random() * 256);
      const result = await analyseAudio(inMemory(broken));
      if (result.ok) expect(result.value.waveform.every((peak) => peak >= 0 && peak <= 1)).toBe(true);
    }
  });

  it("is unsupported when it ends before its sound, and not decodable when its frames are zeros", async () => {
    const head = fileOf("flac").subarray(0, 60);
    expect(await analyseAudio(inMemory(head))).toEqual({ ok: false, failure: "unsupported" });
    const silent = new Uint8Array(20_000);
    silent.set(fileOf("flac").subarray(0, 42));
    silent[4] = 0x80;
    expect(await analyseAudio(inMemory(silent))).toEqual({ ok: false, failure: "not_decodable" });
  });
});
