import { describe, expect, it } from "vitest";
import { blankMetadata, findMetadata } from "../../../src/core/media/videos/mp4-metadata.ts";

/** Returns a box: its size, its type, its content. */
const box = (type: string, ...content: Uint8Array[]): Uint8Array => {
  const length = content.reduce((sum, { byteLength }) => sum + byteLength, 8);
  const bytes = new Uint8Array(length);
  new DataView(bytes.buffer).setUint32(0, length);
  bytes.set(new TextEncoder().encode(type), 4);
  let at = 8;
  for (const part of content) {
    bytes.set(part, at);
    at += part.byteLength;
  }
  return bytes;
};

const join = (...parts: Uint8Array[]): Uint8Array => box("join", ...parts).slice(8);

const placesOf = (file: Uint8Array) =>
  findMetadata(async (start, end) => file.subarray(start, end), file.byteLength);

describe("the index of an MP4 file", () => {
  it("may be nested more deeply than a recursive reader could follow", async () => {
    const depth = 100_000;
    const bytes = new Uint8Array(8 * depth);
    const view = new DataView(bytes.buffer);
    for (let level = 0; level < depth; level++) {
      view.setUint32(8 * level, 8 * (depth - level));
      bytes.set(new TextEncoder().encode(level === 0 ? "moov" : "trak"), 8 * level + 4);
    }
    expect(await placesOf(bytes)).toEqual([]);
  });

  it("is refused with too many boxes", async () => {
    const boxes = new Uint8Array(8 * 160_000);
    for (let at = 0; at < boxes.length; at += 8) boxes.set([0, 0, 0, 8, 117, 100, 116, 97], at);
    await expect(placesOf(box("moov", boxes))).rejects.toThrow("too many boxes");
  });

  it("loses its location data at every level, with chunks of any size", async () => {
    const words = new TextEncoder().encode("55.7558 N, 37.6173 E");
    const rest = new TextEncoder().encode("frames");
    const file = join(
      box("moov", box("trak", box("udta", words)), box("mvhd", rest), box("meta", words)),
      box("uuid", words),
      box("mdat", rest),
    );
    const places = await placesOf(file);
    expect(places).toHaveLength(3);
    for (const size of [1, 7, 4_096]) {
      const chunks = new ReadableStream<Uint8Array>({
        start(controller) {
          for (let at = 0; at < file.length; at += size) controller.enqueue(file.slice(at, at + size));
          controller.close();
        },
      });
      const cleaned = await new Response(blankMetadata(chunks, places)).text();
      expect(cleaned).toHaveLength(file.length);
      expect(cleaned).not.toContain("55.7558");
      expect(cleaned.split("frames")).toHaveLength(3);
      expect(cleaned.split("free")).toHaveLength(4);
    }
  });
});
