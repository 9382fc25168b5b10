import { deflateSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { id3FramesOf } from "../../../src/products/loopspace/domain/analysis/id3-frames.ts";
import { findMpegStream } from "../../../src/products/loopspace/domain/analysis/mpeg-stream.ts";
import { readTags } from "../../../src/products/loopspace/domain/analysis/tags.ts";
import { inMemory } from "../../support/audio-files.ts";
import { chunkOf, waveOf } from "../../support/waves.ts";

const MEGABYTE = 1_024 * 1_024;
const KINDS = {
  mp3: { format: "mp3", container: "mpeg", mediaType: "audio/mpeg" },
  wav: { format: "wav", container: "wave", mediaType: "audio/wav" },
} as const;
const WANTED = { texts: new Set(["TPE1"]), pictures: new Set(["APIC"]) };
const COMPRESSED = 0x80;

const ascii = (text: string): Buffer => Buffer.from(text, "latin1");
const eightBits = (value: number) => [value >>> 24, (value >> 16) & 255, (value >> 8) & 255, value & 255];
const sevenBits = (value: number) => [value >> 21, (value >> 14) & 127, (value >> 7) & 127, value & 127];
/** Returns an ID3v2.3 frame. */
const frameOf = (id: string, data: Uint8Array, flags = 0): Buffer =>
  Buffer.concat([ascii(id), Uint8Array.of(...eightBits(data.length), 0, flags), data]);
const packed = (id: string, content: Uint8Array): Buffer =>
  frameOf(id, Buffer.concat([Uint8Array.from(eightBits(content.length)), deflateSync(content)]), COMPRESSED);
const tagOf = (...frames: readonly Uint8Array[]): Uint8Array => {
  const body = Buffer.concat(frames);
  return Buffer.concat([ascii("ID3"), Uint8Array.of(3, 0, 0, ...sevenBits(body.length)), body]);
};
const latin1 = (text: string): Buffer => ascii(`\0${text}`);
const FRAME = Buffer.concat([Uint8Array.of(0xff, 0xfb, 0x90, 0x64), new Uint8Array(413)]);
const SOUND = Buffer.concat([FRAME, FRAME, FRAME, FRAME]);
const tagsOf = (...parts: readonly Uint8Array[]) => readTags(inMemory(Buffer.concat(parts)), KINDS.mp3);

describe("compressed frames of a tag", () => {
  it("are inflated to at most 16 MiB together, and unused frames are not inflated", () => {
    const pictures = Array.from({ length: 8 }, () => packed("APIC", new Uint8Array(5 * MEGABYTE)));
    const frames = id3FramesOf(tagOf(packed("TXXX", new Uint8Array(MEGABYTE)), ...pictures), WANTED);
    expect(frames.map(({ id, data }) => [id, data.length])).toEqual(
      new Array(3).fill(["APIC", 5 * MEGABYTE]),
    );
  });

  it("are left out when the text or picture is too long", () => {
    const tag = tagOf(
      packed("TPE1", new Uint8Array(64 * 1_024 + 1)),
      packed("APIC", new Uint8Array(9 * MEGABYTE)),
      packed("TPE1", latin1("Ann")),
    );
    expect(id3FramesOf(tag, WANTED).map(({ data }) => data.length)).toEqual([4]);
  });
});

describe("the frames of a tag", () => {
  it("are read up to a maximum number", () => {
    const tag = tagOf(...new Array<Uint8Array>(6_000).fill(frameOf("TPE1", latin1("Ann"))));
    expect(id3FramesOf(tag, WANTED)).toHaveLength(4_096);
  });
});

describe("a file with tags that are built to consume resources", () => {
  const long = "x".repeat(300_000);

  it.each<[string, Uint8Array]>([
    ["a title of 300 kB", frameOf("TIT2", latin1(long))],
    ["zeros in a title", frameOf("TIT2", Buffer.from(`\u0001${"\0".repeat(60_000)}\u0001`, "latin1"))],
    ["a cover with a format of 300 kB", frameOf("APIC", latin1(long))],
  ])("keeps its other tags (%s)", async (_, frame) => {
    const { tags } = await tagsOf(tagOf(frame, frameOf("TPE1", latin1("Ann"))), SOUND);
    expect(tags.artist).toBe("Ann");
  });

  it.each([
    ["ASCII", "x", "x"],
    ["UTF-8", "\u00e6\u00ad\u008c", "\u6b4c"],
  ])("has its text cut to the first 500 characters (%s)", async (_, bytes, character) => {
    const list = Buffer.concat([ascii("INFO"), chunkOf("IART", ascii(bytes.repeat(300_000)))]);
    const file = waveOf(new Uint8Array(16), { behind: [chunkOf("LIST", list)] });
    expect((await readTags(inMemory(file), KINDS.wav)).tags.artist).toBe(character.repeat(500));
  });
});

describe("the first frame of a stream", () => {
  it("is searched only in the first 2 MiB of a file", async () => {
    const size = 64 * MEGABYTE;
    let bytesRead = 0;
    const read = async (offset: number, length: number) => {
      const bytes = new Uint8Array(Math.min(length, size - offset)).fill(0xff);
      bytesRead += bytes.length;
      return bytes;
    };
    expect(await findMpegStream({ size, read }, 0)).toBeUndefined();
    expect(bytesRead).toBe(2 * MEGABYTE);
  });

  it.each([0, 0xff])("is found after a megabyte of padding (%i)", async (padding) => {
    const bytes = Buffer.concat([new Uint8Array(MEGABYTE).fill(padding), SOUND]);
    expect(await findMpegStream(inMemory(bytes), 0)).toEqual({ format: "mp3", start: MEGABYTE });
  });
});
