import { describe, expect, it } from "vitest";
import { readPicture, stripPicture } from "../../../src/core/media/index.ts";
import { makePng } from "../../support/pictures.ts";

/** Pictures of one pixel, each in two halves, so that tests can insert parts between them. */
const GIF = Buffer.from("R0lGODlhAQABAIAAAAAAAP///ywAAAAAAQABAAACAkQBADs=", "base64");
const PNG = makePng(1, 1, [1, 2, 3]);
const JPEG = Uint8Array.of(
  ...[0xff, 0xd8, 0xff, 0xc0, 0, 11, 8, 0, 1, 0, 1, 1, 1, 0x11, 0],
  ...[0xff, 0xda, 0, 8, 1, 1, 0, 0, 0x3f, 0, 0x55, 0xff, 0xd9],
);
const WEBP = Buffer.concat([
  Buffer.from("RIFF\u0016\0\0\0WEBPVP8 \u000a\0\0\0", "latin1"),
  Uint8Array.of(0, 0, 0, 0x9d, 0x01, 0x2a, 1, 0, 1, 0),
]);

const withParts = (picture: Uint8Array, at: number, part: Uint8Array, count: number): Uint8Array => {
  const whole = Buffer.concat([
    picture.subarray(0, at),
    Buffer.alloc(part.length * count, part),
    picture.subarray(at),
  ]);
  if (picture === WEBP) whole.writeUInt32LE(whole.length - 8, 4);
  return whole;
};

describe("a picture with many parts", () => {
  it.each<[string, Uint8Array, number, Uint8Array]>([
    ["extensions of a GIF that are kept", GIF, 19, Uint8Array.of(0x21, 0xf9, 0)],
    ["extensions of a GIF that are not kept", GIF, 19, Uint8Array.of(0x21, 0xfe, 0)],
    ["extensions of both kinds", GIF, 19, Uint8Array.of(0x21, 0xf9, 0, 0x21, 0xfe, 0)],
    ["chunks of a PNG", PNG, 33, Buffer.from("\0\0\0\0IDAT\0\0\0\0", "latin1")],
    ["segments of a JPEG", JPEG, 2, Uint8Array.of(0xff, 0xe0, 0, 2)],
    ["scans of a JPEG", JPEG, JPEG.length - 2, Uint8Array.of(0xff, 0xda, 0, 2)],
    ["chunks of a WebP", WEBP, WEBP.length, Buffer.from("ALPH\0\0\0\0", "latin1")],
  ])("is read up to a maximum number of them (%s)", (_, picture, at, part) => {
    const many = withParts(picture, at, part, 20_000);
    expect(readPicture(many)).toMatchObject({ width: 1, height: 1 });
    expect(readPicture(stripPicture(many) ?? new Uint8Array())).toMatchObject({ width: 1, height: 1 });
    const tooMany = withParts(picture, at, part, 60_000);
    expect(readPicture(tooMany)).toBeUndefined();
    expect(stripPicture(tooMany)).toBeUndefined();
  });

  it("keeps its blocks and frames in order", () => {
    const kept = Uint8Array.of(0x21, 0xf9, 0);
    const comment = Uint8Array.of(0x21, 0xfe, 1, 65, 0);
    const parts = [GIF.subarray(0, 19), kept, comment, kept, Uint8Array.of(0), kept, GIF.subarray(19)];
    const expected = [GIF.subarray(0, 19), kept, kept, kept, GIF.subarray(19)];
    expect(stripPicture(Buffer.concat(parts))).toEqual(Uint8Array.from(Buffer.concat(expected)));
  });
});
