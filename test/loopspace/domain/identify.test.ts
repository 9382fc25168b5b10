import { describe, expect, it } from "vitest";
import { analyseAudio, identifyAudio } from "../../../src/products/loopspace/domain/analysis/index.ts";
import { encodeWithFfmpeg, hasFfmpeg, inMemory } from "../../support/audio-files.ts";
import { waveOf } from "../../support/waves.ts";

const TONE = ["-f", "lavfi", "-i", "sine=440:duration=2"];

/** Silent frames of MPEG-1 layer III, 128 kbit/s, 44.1 kHz. */
const mp3Of = (frames: number): Uint8Array => {
  const bytes = new Uint8Array(417 * frames);
  for (let i = 0; i < frames; i++) bytes.set([0xff, 0xfb, 0x90, 0x64], 417 * i);
  return bytes;
};

const joined = (...parts: readonly (Uint8Array | readonly number[])[]): Uint8Array =>
  Uint8Array.from(parts.flatMap((part) => [...part]));

const ascii = (text: string): readonly number[] => [...new TextEncoder().encode(text)];
/** An ID3v2.4 tag with a title. Its size does not include padding that may follow. */
const TAG = [...ascii("ID3"), 4, 0, 0, 0, 0, 0, 12, ...ascii("TIT2"), 0, 0, 0, 2, 0, 0, 3, ...ascii("T")];
/** Random bytes, which contain the two bytes of a frame's sync word now and then. */
const noise = (length: number): Uint8Array => {
  let state = 3;
  return Uint8Array.from({ length }, () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state >>> 24;
  });
};

describe("the identification of a file", () => {
  it.each<[string, Uint8Array]>([
    ["a tag and padding outside its declared size", joined(TAG, new Uint8Array(8_192), mp3Of(40))],
    ["9,000 zeros", joined(new Uint8Array(9_000), mp3Of(40))],
    ["a megabyte and a half of noise", joined(noise(1_500_000), mp3Of(40))],
    [
      "nothing, in a file of two frames and an ID3v1 tag",
      joined(mp3Of(2), ascii("TAG"), new Uint8Array(125)),
    ],
  ])("recognises an MP3 when its first frame follows %s", async (_, bytes) => {
    expect(await identifyAudio(inMemory(bytes))).toMatchObject({ ok: true, kind: { format: "mp3" } });
    expect(await analyseAudio(inMemory(bytes))).toMatchObject({ ok: true, value: { codec: "mp3" } });
  });

  it.each<[string, Uint8Array]>([
    ["noise", noise(3_000_000)],
    ["one frame among noise", joined(noise(9_000), mp3Of(1), noise(9_000))],
    ["a tag alone", joined(TAG)],
    ["nothing", new Uint8Array()],
    [
      "a picture with audio frames after it",
      joined([0xff, 0xd8, 0xff, 0xe0, 0, 16], ascii("JFIF"), mp3Of(40)),
    ],
  ])("refuses %s", async (_, bytes) => {
    expect(await identifyAudio(inMemory(bytes))).toEqual({ ok: false, reason: expect.any(String) });
  });

  it("reads at most 16 MB of a file that is not audio", async () => {
    let bytes = 0;
    const source = {
      size: 100 * 1_024 * 1_024,
      read: async (_: number, length: number) => {
        bytes += length;
        return new Uint8Array(length).fill(32);
      },
    };
    expect(await identifyAudio(source)).toMatchObject({ ok: false });
    expect(bytes).toBeLessThan(20 * 1_024 * 1_024);
  });

  it("names the unsupported encoding of a WAV file", async () => {
    const bytes = waveOf(new Uint8Array(256), { tag: 17, bits: 4 });
    expect(await identifyAudio(inMemory(bytes))).toEqual({
      ok: false,
      reason: "WAV with the encoding IMA ADPCM is not supported",
    });
  });
});

describe.runIf(await hasFfmpeg())("a file from a recorder or an editor", () => {
  it.each<[name: string, codec: string, ...args: string[]]>([
    // The formats that Android's and Samsung's recorders write.
    ["voice.3gp.m4a", "aac", "-c:a", "aac", "-f", "3gp"],
    ["voice.3g2", "aac", "-c:a", "aac"],
    ["voice.mov", "aac", "-c:a", "aac"],
    ["alaw.wav", "alaw", "-c:a", "pcm_alaw"],
    ["mulaw.wav", "mulaw", "-c:a", "pcm_mulaw"],
    ["f64.wav", "pcm", "-c:a", "pcm_f64le"],
    ["rf64.wav", "pcm", "-c:a", "pcm_s24le", "-rf64", "always"],
  ])("is accepted and decoded (%s)", async (name, codec, ...args) => {
    const bytes = await encodeWithFfmpeg({ name, args: [...TONE, ...args] });
    expect(await identifyAudio(inMemory(bytes))).toMatchObject({ ok: true });
    const analysed = await analyseAudio(inMemory(bytes));
    expect(analysed).toMatchObject({ ok: true, value: { codec, duration: expect.closeTo(2, 1) } });
    if (!analysed.ok || codec === "aac") return;
    // ffmpeg's sine has an amplitude of an eighth of full scale.
    expect(Math.max(...analysed.value.waveform)).toBeCloseTo(0.125, 2);
  });

  it.each<[name: string, reason: string, ...args: string[]]>([
    ["ima.wav", "IMA ADPCM", "-c:a", "adpcm_ima_wav"],
    ["ms.wav", "Microsoft ADPCM", "-c:a", "adpcm_ms"],
    ["mp3.wav", "MP3", "-c:a", "libmp3lame"],
    ["mp2.wav", "MPEG audio", "-c:a", "mp2"],
    ["lossless.m4a", "alac", "-c:a", "alac"],
    ["a.mp2", "layer I or II", "-c:a", "mp2"],
    ["a.ogg", "ogg", "-c:a", "libvorbis"],
    ["film.mp4", "video", "-f", "lavfi", "-i", "color=red:s=64x64:d=1", "-c:v", "mpeg4", "-c:a", "aac"],
  ])("is refused when it cannot be decoded, with the reason (%s)", async (name, reason, ...args) => {
    const bytes = await encodeWithFfmpeg({ name, args: [...TONE, ...args] });
    const identified = await identifyAudio(inMemory(bytes));
    expect(identified).toEqual({ ok: false, reason: expect.stringContaining(reason) });
  });
});
