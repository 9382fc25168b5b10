import { describe, expect, it } from "vitest";
import { isCompletePicture, videoProblem } from "../../../src/core/media/index.ts";
import { makeVideo } from "../../../src/core/providers/sandbox/video.ts";
import { makePng } from "../../support/pictures.ts";
import { makeMp4, makeWebm } from "../../support/videos.ts";

const flawOf = (bytes: Uint8Array, mediaType: string): Promise<string | undefined> =>
  videoProblem(async (start, end) => bytes.subarray(start, end), bytes.length, mediaType);

const bytesOf = (...parts: (string | number[] | Uint8Array)[]): Uint8Array =>
  new Uint8Array(
    Buffer.concat(
      parts.map((part) => (typeof part === "string" ? Buffer.from(part, "latin1") : Buffer.from(part))),
    ),
  );

const box = (type: string, content: Uint8Array | number[] = [], size?: number): Uint8Array => {
  const head = Buffer.alloc(4);
  head.writeUInt32BE(size ?? content.length + 8);
  return bytesOf(head, type, Uint8Array.from(content));
};

/** Lengths at which to truncate a file: near each end, and in between. */
const cutsOf = (length: number): number[] => [
  ...new Set([1, 4, 9, 40, length >> 2, length >> 1, length - (length >> 3), length - 9, length - 1]),
];

describe("a video", () => {
  it("is complete as generated, and incomplete when truncated at any point", async () => {
    for (const [bytes, mediaType] of [
      [await makeWebm(), "video/webm"],
      [await makeMp4(), "video/mp4"],
    ] as const) {
      expect(await flawOf(bytes, mediaType)).toBeUndefined();
      for (const cut of cutsOf(bytes.length))
        expect(await flawOf(bytes.subarray(0, cut), mediaType), `${mediaType} at ${cut}`).toBeTypeOf(
          "string",
        );
      expect(await flawOf(new Uint8Array(), mediaType)).toBe("the file is empty");
      expect(await flawOf(new Uint8Array(500), mediaType)).toBeTypeOf("string");
      expect(await flawOf(bytesOf("<!doctype html><html>sorry</html>"), mediaType)).toBeTypeOf("string");
    }
  });

  it("must be of the declared kind", async () => {
    expect(await flawOf(await makeWebm(), "video/mp4")).toBe("the file does not begin as an MP4");
    expect(await flawOf(await makeMp4(), "video/webm")).toBe("the file does not begin as a WebM");
  });

  it("needs an index and media, in either order, in fragments, or with 64-bit sizes", async () => {
    const [ftyp, moov, mdat] = [box("ftyp", [0, 0, 0, 0]), box("moov", [1, 2]), box("mdat", [3, 4, 5])];
    const long = bytesOf([0, 0, 0, 1], "mdat", [0, 0, 0, 0, 0, 0, 0, 19], [1, 2, 3]);
    const toTheEnd = bytesOf([0, 0, 0, 0], "mdat", [1, 2, 3]);
    for (const whole of [
      [ftyp, moov, mdat],
      [ftyp, mdat, moov],
      [mdat, moov],
      [ftyp, moov, box("moof", [1]), mdat, box("moof", [1]), mdat],
      [ftyp, long, moov],
      [ftyp, moov, toTheEnd],
      [ftyp, moov, mdat, new Uint8Array(64)],
    ])
      expect(await flawOf(bytesOf(...whole), "video/mp4")).toBeUndefined();
    expect(await flawOf(bytesOf(ftyp, mdat), "video/mp4")).toContain("moov");
    expect(await flawOf(bytesOf(ftyp, moov), "video/mp4")).toContain("mdat");
    expect(await flawOf(bytesOf(ftyp, moov, box("mdat")), "video/mp4")).toContain("mdat");
    expect(await flawOf(bytesOf(ftyp, moov, box("mdat", [1], 500)), "video/mp4")).toContain("cut off");
    expect(await flawOf(bytesOf(ftyp, new Uint8Array(64), moov, mdat), "video/mp4")).toContain("header");
  });

  it("is complete as a live recording without lengths", async () => {
    const head = bytesOf([0x1a, 0x45, 0xdf, 0xa3, 0x87, 0x42, 0x82, 0x84], "webm");
    const segment = [0x18, 0x53, 0x80, 0x67, 0x01, 255, 255, 255, 255, 255, 255, 255];
    const tracks = [0x16, 0x54, 0xae, 0x6b, 0x82, 1, 2];
    const cluster = [0x1f, 0x43, 0xb6, 0x75, 0xff, 0xe7, 0x81, 0, 0xa3, 0x84, 1, 2, 3, 4];
    const live = bytesOf(head, segment, tracks, cluster, cluster);
    expect(await flawOf(live, "video/webm")).toBeUndefined();
    for (const missing of [1, 3, 5])
      expect(await flawOf(live.subarray(0, -missing), "video/webm")).toBeTypeOf("string");
    expect(await flawOf(bytesOf(head, segment, tracks), "video/webm")).toContain("clusters");
    expect(await flawOf(bytesOf(head, segment, cluster), "video/webm")).toContain("tracks");
    expect(await flawOf(head, "video/webm")).toContain("segment");
  });

  it("of any size needs only a few reads", async () => {
    const video = await makeMp4();
    let reads = 0;
    await videoProblem(
      async (start, end) => {
        reads++;
        return video.subarray(start, end);
      },
      video.length,
      "video/mp4",
    );
    expect(reads).toBeLessThanOrEqual(4);
  });
});

describe("a picture", () => {
  it("is complete as generated, and incomplete when truncated", async () => {
    const made = await makeVideo(
      { prompt: "x", seed: 1, aspectRatio: "1:1", durationSeconds: 1, hd: false },
      async () => true,
    );
    const jpeg = bytesOf(
      [0xff, 0xd8, 0xff, 0xe1, 0, 6, 0xff, 0xd9, 1, 2, 0xff, 0xda, 0, 3, 1],
      new Uint8Array(200).fill(9),
      [0xff, 0, 0xff, 0xd9],
    );
    const gif = bytesOf("GIF89a", new Uint8Array(60).fill(1), [0x3b]);
    const pictures = {
      png: makePng(64, 64, [1, 2, 3]),
      webp: made?.thumbnail ?? new Uint8Array(),
      jpeg,
      gif,
    };
    for (const [name, bytes] of Object.entries(pictures)) {
      expect(isCompletePicture(bytes), name).toBe(true);
      for (const cut of cutsOf(bytes.length))
        expect(isCompletePicture(bytes.subarray(0, cut)), `${name} at ${cut}`).toBe(false);
    }
    // Phones append data to a JPEG, and some encoders add padding.
    expect(isCompletePicture(bytesOf(jpeg, "a second picture"))).toBe(true);
    expect(isCompletePicture(bytesOf(gif, [0, 0]))).toBe(true);
    for (const none of [new Uint8Array(), new Uint8Array(100), bytesOf("<html>")])
      expect(isCompletePicture(none)).toBe(false);
  });
});
