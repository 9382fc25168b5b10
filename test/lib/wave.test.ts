import { describe, expect, it } from "vitest";
import { findWaveSound, sampleReaderOf } from "../../src/lib/wave/index.ts";
import { chunkOf, ds64Of, extensionOf, type WaveShape, waveOf } from "../support/waves.ts";

const found = (bytes: Uint8Array) =>
  findWaveSound({
    size: bytes.length,
    read: async (offset, length) => bytes.subarray(offset, offset + length),
  });

/** Returns the samples of a WAV file, or the reason of its refusal. */
const samplesIn = async (bytes: Uint8Array): Promise<number[] | string> => {
  const sound = await found(bytes);
  if (!sound.ok) return sound.reason;
  const { format, start, end } = sound.value;
  const read = sampleReaderOf(format);
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  return Array.from({ length: Math.floor((end - start) / format.sampleBytes) }, (_, i) =>
    read(view, start + i * format.sampleBytes),
  );
};

const bytesOf = (samples: { readonly buffer: ArrayBuffer }): Uint8Array => new Uint8Array(samples.buffer);
const HALVES = [0, 0.5, -0.5];
const PCM_16 = bytesOf(Int16Array.of(0, 16_384, -16_384));

describe("the encodings of WAV files", () => {
  it.each<[string, Uint8Array, WaveShape]>([
    ["8 bits", Uint8Array.of(128, 192, 64), { bits: 8 }],
    ["16 bits", PCM_16, {}],
    ["24 bits", Uint8Array.of(0, 0, 0, 0, 0, 0x40, 0, 0, 0xc0), { bits: 24 }],
    ["20 bits", Uint8Array.of(0, 0, 0, 0, 0, 0x40, 0, 0, 0xc0), { bits: 20 }],
    ["24 bits in four bytes", bytesOf(Int32Array.of(0, 2 ** 30, -(2 ** 30))), { bits: 24, blockBytes: 4 }],
    ["32 bits", bytesOf(Int32Array.of(0, 2 ** 30, -(2 ** 30))), { bits: 32 }],
    ["floats of 32 bits", bytesOf(Float32Array.of(0, 0.5, -0.5)), { tag: 3, bits: 32 }],
    ["floats of 64 bits", bytesOf(Float64Array.of(0, 0.5, -0.5)), { tag: 3, bits: 64 }],
    ["extensible integers", PCM_16, { tag: 0xfffe, extension: extensionOf(1, 16) }],
    [
      "extensible floats",
      bytesOf(Float32Array.of(0, 0.5, -0.5)),
      { tag: 0xfffe, bits: 32, extension: extensionOf(3, 32) },
    ],
    ["a wrong size of blocks", PCM_16, { blockBytes: 0 }],
  ])("are read: %s", async (_, samples, shape) => {
    const read = await samplesIn(waveOf(samples, shape));
    expect(read).toHaveLength(3);
    for (const [i, sample] of HALVES.entries()) expect(read[i]).toBeCloseTo(sample, 6);
  });

  // Values of ITU-T G.711, in units of 1/32,768.
  it.each([
    ["A-law", 6, [0xd5, 0x55, 0xaa, 0x2a], [8, -8, 32_256, -32_256]],
    ["\u00b5-law", 7, [0xff, 0x7f, 0x80, 0x00], [0, 0, 32_124, -32_124]],
  ])("are read: %s", async (_, tag, bytes, levels) => {
    const read = await samplesIn(waveOf(Uint8Array.from(bytes), { tag, bits: 8 }));
    expect(read).toEqual(levels.map((level) => expect.closeTo(level / 32_768, 6)));
  });

  it.each<[string, WaveShape]>([
    ["Microsoft ADPCM", { tag: 2, bits: 4 }],
    ["IMA ADPCM", { tag: 17, bits: 4 }],
    ["GSM 6.10", { tag: 49, bits: 0 }],
    ["MP3", { tag: 85, bits: 0 }],
    ["MP3", { tag: 0xfffe, bits: 16, extension: extensionOf(85, 16) }],
    ["0x1234", { tag: 0x1234 }],
    ["float samples of 16 bits", { tag: 3, bits: 16 }],
    ["integer samples of 64 bits", { bits: 64 }],
    ["states 0 channels", { channels: 0 }],
    ["a sample rate of 0", { sampleRate: 0 }],
  ])("are refused with a reason that names them: %s", async (name, shape) => {
    expect(await samplesIn(waveOf(PCM_16, shape))).toContain(name);
  });
});

describe("the samples of a WAV file", () => {
  const odd = new Uint8Array(3).fill(65);

  it.each<[string, WaveShape]>([
    ["sizes of 0", { riffSize: 0, dataSize: 0 }],
    ["sizes of 0xffffffff", { riffSize: 0xffff_ffff, dataSize: 0xffff_ffff }],
    ["a size that is larger than the file", { dataSize: 0x7fff_f000 }],
    ["RF64", { riff: "RF64", riffSize: 0xffff_ffff, dataSize: 0xffff_ffff, first: [ds64Of(6)] }],
    ["RF64 without sizes", { riff: "RF64", dataSize: 0xffff_ffff, first: [ds64Of(0)] }],
    ["BW64", { riff: "BW64", dataSize: 0xffff_ffff, first: [ds64Of(6)], behind: [chunkOf("axml", odd)] }],
    [
      "chunks before the format chunk",
      { first: [chunkOf("JUNK", new Uint8Array(28)), chunkOf("LIST", odd)] },
    ],
    ["chunks of an odd size", { between: [chunkOf("LIST", odd), chunkOf("fact", new Uint8Array(4))] }],
    [
      "chunks of an odd size without padding",
      { between: [chunkOf("LIST", odd, false), chunkOf("cue ", odd, false)] },
    ],
    ["chunks after them", { behind: [chunkOf("LIST", odd)] }],
    ["the format chunk after them", { isDataFirst: true }],
  ])("are found in a file with %s", async (_, shape) => {
    expect(await samplesIn(waveOf(PCM_16, shape))).toEqual(HALVES);
  });

  it("are searched in linear time among any number of empty data chunks", async () => {
    const empty = Array.from({ length: 1_000 }, () => chunkOf("data", new Uint8Array()));
    const bytes = Uint8Array.from([
      ...waveOf(PCM_16).subarray(0, 12),
      ...empty.flatMap((chunk) => [...chunk]),
    ]);
    let reads = 0;
    const read = async (offset: number, length: number) => {
      reads++;
      return bytes.subarray(offset, offset + length);
    };
    expect(await findWaveSound({ size: bytes.length, read })).toMatchObject({ ok: false });
    expect(reads).toBeLessThan(1_100);
  });

  it.each<[string, Uint8Array]>([
    ["no sound", waveOf(new Uint8Array())],
    ["no sound", waveOf(new Uint8Array(), { behind: [chunkOf("LIST", odd)] })],
    ["no sound", waveOf(PCM_16).subarray(0, 40)],
    ["no fmt chunk", Uint8Array.from([...waveOf(PCM_16).subarray(0, 12), ...chunkOf("data", PCM_16)])],
    ["cut off", Uint8Array.from([...waveOf(PCM_16).subarray(0, 12), ...chunkOf("fmt ", odd)])],
    ["not a WAV file", new Uint8Array(100)],
    ["not a WAV file", new Uint8Array()],
  ])("are not found, and the reason is: %s", async (reason, bytes) => {
    expect(await samplesIn(bytes)).toContain(reason);
  });
});
