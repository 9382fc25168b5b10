import { env } from "cloudflare:workers";
import { beforeAll, describe, expect, it } from "vitest";
import { looksLikePicture, readPicture, stripPicture } from "../../../src/core/media/index.ts";
import { orientationOf } from "../../../src/core/media/pictures/exif.ts";
import { plainJpeg, smallWebp } from "../../../src/platform/images.ts";
import {
  containsText,
  exifBlock,
  GPS,
  gifWithMetadata,
  jpegWithMetadata,
  makePng,
  pngWithMetadata,
  webpWithMetadata,
} from "../../support/pictures.ts";

const png = makePng(40, 20, [200, 100, 50]);
let jpeg: Uint8Array;
let webp: Uint8Array;

beforeAll(async () => {
  jpeg = (await plainJpeg(env.IMAGES, png, 100)) ?? new Uint8Array();
  webp = (await smallWebp(env.IMAGES, png, 100)) ?? new Uint8Array();
});

/** Returns the decoded pixels, in the right orientation. */
const pixelsOf = async (bytes: Uint8Array) => {
  const output = await env.IMAGES.input(new Blob([bytes]).stream()).output({ format: "image/png" });
  return new Uint8Array(await output.response().arrayBuffer());
};

describe("a picture", () => {
  it("is recognised by its bytes, with its size", () => {
    expect(readPicture(png)).toEqual({ mimeType: "image/png", width: 40, height: 20, orientation: 1 });
    expect(readPicture(jpeg)).toMatchObject({ mimeType: "image/jpeg", width: 40, height: 20 });
    expect(readPicture(webp)).toMatchObject({ mimeType: "image/webp", width: 40, height: 20 });
    expect(readPicture(gifWithMetadata())).toMatchObject({ mimeType: "image/gif", width: 1, height: 1 });
    expect(looksLikePicture(new TextEncoder().encode("<svg/>"))).toBe(false);
  });

  it.each([1, 2, 3, 4, 5, 6, 7, 8])("swaps width and height from orientation 5 on (%i)", (orientation) => {
    for (const bytes of [jpegWithMetadata(jpeg, orientation), pngWithMetadata(png, orientation)]) {
      const [width, height] = orientation >= 5 ? [20, 40] : [40, 20];
      expect(readPicture(bytes)).toMatchObject({ width, height, orientation });
    }
  });

  it("is undefined when it is truncated at any point, and never throws", () => {
    for (const whole of [
      jpegWithMetadata(jpeg, 6),
      pngWithMetadata(png, 6),
      webpWithMetadata(webp, 40, 20),
      gifWithMetadata(),
    ]) {
      for (let length = 0; length < Math.min(whole.length, 400); length++) {
        const cut = whole.slice(0, length);
        expect(() => readPicture(cut)).not.toThrow();
        expect(() => stripPicture(cut)).not.toThrow();
      }
    }
  });
});

describe("a picture without its metadata", () => {
  it.each(["jpeg", "png", "webp", "gif"] as const)(
    "has the same pixels and no location data (%s)",
    async (format) => {
      const spoken = {
        jpeg: () => jpegWithMetadata(jpeg, 6),
        png: () => pngWithMetadata(png, 6),
        webp: () => webpWithMetadata(webp, 40, 20),
        gif: gifWithMetadata,
      }[format]();
      expect(containsText(spoken, GPS)).toBe(true);
      const stripped = stripPicture(spoken);
      if (!stripped) throw new Error("nothing is left");
      expect(containsText(stripped, GPS)).toBe(false);
      expect(readPicture(stripped)).toEqual(readPicture(spoken));
      expect(stripPicture(stripped)).toEqual(stripped);
      expect(await pixelsOf(stripped)).toEqual(await pixelsOf(spoken));
    },
  );

  it("keeps the data that affects the display of its pixels", async () => {
    const chunk = (type: string) => Buffer.from(png).includes(type);
    expect(chunk("IHDR")).toBe(true);
    const plain = stripPicture(jpeg);
    expect(plain && (await pixelsOf(plain))).toEqual(await pixelsOf(jpeg));
  });
});

/** One pixel. */
const GIF = Buffer.from("R0lGODlhAQABAIAAAAAAAP///ywAAAAAAQABAAACAkQBADs=", "base64");
const bytesOf = (...parts: readonly (Uint8Array | readonly number[])[]): Uint8Array =>
  Uint8Array.from(parts.flatMap((part) => [...part]));

describe("a slightly broken picture that browsers show", () => {
  /** Inserts bytes between the first two segments of the JPEG. */
  const withinSegments = (junk: Uint8Array | readonly number[]): Uint8Array => {
    const end = 4 + ((jpeg[4] ?? 0) << 8) + (jpeg[5] ?? 0);
    return bytesOf(jpeg.subarray(0, end), junk, jpeg.subarray(end));
  };

  const sizeOf = (bytes: Uint8Array): Uint8Array => {
    const wrong = bytes.slice();
    new DataView(wrong.buffer).setUint32(4, 4, true);
    return wrong;
  };

  it.each<[string, () => Uint8Array, () => Uint8Array, boolean]>([
    ["a GIF without its trailer", () => GIF, () => GIF.subarray(0, -1), true],
    ["a GIF with a zero before its trailer", () => GIF, () => bytesOf(GIF.subarray(0, -1), [0, 0x3b]), false],
    ["a GIF with other bytes after its frames", () => GIF, () => bytesOf(GIF.subarray(0, -1), [7, 7]), true],
    ["a JPEG without its end", () => jpeg, () => jpeg.subarray(0, -2), true],
    ["a JPEG with bytes after its end", () => jpeg, () => bytesOf(jpeg, [1, 2, 3]), false],
    ["a JPEG with zeros before a marker", () => jpeg, () => withinSegments([0, 0]), false],
    ["a PNG without its end", () => png, () => png.subarray(0, -12), true],
    ["a PNG with half of its end", () => png, () => png.subarray(0, -5), true],
    ["a PNG with bytes after its end", () => png, () => bytesOf(png, [1, 2, 3]), false],
    ["a WebP with a declared size that is too small", () => webp, () => sizeOf(webp), false],
  ])("is read and repaired: %s", async (_, whole, broken, isTruncated) => {
    const { width, height, mimeType } = readPicture(whole()) ?? {};
    const facts = readPicture(broken());
    expect(facts).toMatchObject({ width, height, mimeType });
    expect(facts?.isTruncated ?? false).toBe(isTruncated);
    const stripped = stripPicture(broken());
    expect(stripped && (await pixelsOf(stripped))).toEqual(await pixelsOf(whole()));
    expect(stripped && readPicture(stripped)?.isTruncated).toBeUndefined();
  });

  it("keeps the first frames of a GIF that is truncated in a later one", () => {
    const frame = GIF.subarray(19, -1);
    const cut = bytesOf(GIF.subarray(0, -1), frame.subarray(0, -2));
    expect(readPicture(cut)).toMatchObject({ width: 1, height: 1, isTruncated: true });
    expect(readPicture(stripPicture(cut) ?? new Uint8Array())).toMatchObject({ width: 1, orientation: 1 });
  });

  it("loses its location data in any position", () => {
    const place = bytesOf([0xff, 0xe1, 0, GPS.length + 2], new TextEncoder().encode(GPS));
    const end = jpeg.subarray(0, -2);
    for (const spoken of [
      bytesOf(jpeg.subarray(0, 2), place, jpeg.subarray(2, -2)),
      withinSegments(new TextEncoder().encode(GPS)),
      // Between scans, and after the end, where phones store a second picture.
      bytesOf(end, place, [0xff, 0xd9]),
      bytesOf(jpeg, jpeg.subarray(0, 2), place, jpeg.subarray(2)),
    ]) {
      const stripped = stripPicture(spoken);
      if (!stripped) throw new Error("nothing is left");
      expect(containsText(stripped, GPS)).toBe(false);
    }
  });

  it("is refused without any pixel data", () => {
    for (const bytes of [
      GIF.subarray(0, 19),
      png.subarray(0, 50),
      jpeg.subarray(0, 30),
      webp.subarray(0, 30),
    ])
      expect(readPicture(bytes)).toBeUndefined();
  });
});

describe("EXIF", () => {
  it("means the normal orientation when it is invalid", () => {
    expect(orientationOf(exifBlock(6))).toBe(6);
    expect(orientationOf(exifBlock(0))).toBe(1);
    expect(orientationOf(exifBlock(9))).toBe(1);
    for (let length = 0; length < 30; length++)
      expect(orientationOf(exifBlock(6).slice(0, length))).toBeOneOf([1, 6]);
    const looping = exifBlock(6);
    new DataView(looping.buffer).setUint32(4, 4_000_000_000, true);
    expect(orientationOf(looping)).toBe(1);
  });
});
