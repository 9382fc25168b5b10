import { deflateSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { pngOf } from "../../../src/core/media/index.ts";
import { readTags } from "../../../src/products/loopspace/domain/analysis/tags.ts";
import { inMemory } from "../../support/audio-files.ts";
import { chunkOf, waveOf } from "../../support/waves.ts";

const KINDS = {
  mp3: { format: "mp3", container: "mpeg", mediaType: "audio/mpeg" },
  wav: { format: "wav", container: "wave", mediaType: "audio/wav" },
} as const;
const PNG = pngOf({ width: 1, height: 1, bitDepth: 8, colour: "grey" }, Uint8Array.of(0, 0));
/** The word \u6b4c\u624b in the encodings of old files. */
const SINGER = "\u6b4c\u624b";
const SINGER_GBK = [0xb8, 0xe8, 0xca, 0xd6];

const joined = (...parts: readonly (readonly number[] | Uint8Array)[]): Uint8Array =>
  Uint8Array.from(parts.flatMap((part) => [...part]));
const ascii = (text: string): readonly number[] => [...new TextEncoder().encode(text)];
const utf16 = (text: string, isLittle: boolean): number[] =>
  Array.from(text, (letter) => letter.charCodeAt(0)).flatMap((code) =>
    isLittle ? [code & 255, code >> 8] : [code >> 8, code & 255],
  );
const sevenBits = (value: number) => [value >> 21, (value >> 14) & 127, (value >> 7) & 127, value & 127];
const eightBits = (value: number) => [value >>> 24, (value >> 16) & 255, (value >> 8) & 255, value & 255];

/** Inserts a zero byte after each 0xff that needs one (ID3v2 unsynchronisation). */
const unsynchronised = (bytes: Uint8Array): Uint8Array =>
  joined(
    [...bytes].flatMap((byte, i) => {
      const next = bytes[i + 1];
      return byte === 0xff && (next === undefined || next >= 0xe0 || next === 0) ? [byte, 0] : [byte];
    }),
  );

const frame = (id: string, size: readonly number[], flags: number, data: Uint8Array): Uint8Array =>
  joined(ascii(id), size, id.length === 3 ? [] : [0, flags], data);
/** Returns an ID3v2.3 frame. */
const frame3 = (id: string, data: readonly number[] | Uint8Array, flags = 0): Uint8Array =>
  frame(id, eightBits(data.length), flags, joined(data));
const frame4 = (id: string, data: readonly number[] | Uint8Array, flags = 0): Uint8Array =>
  frame(id, sevenBits(data.length), flags, joined(data));
const frame2 = (id: string, data: readonly number[] | Uint8Array): Uint8Array =>
  frame(id, eightBits(data.length).slice(1), 0, joined(data));
const tagOf = (major: number, flags: number, ...frames: readonly Uint8Array[]): Uint8Array => {
  const body = joined(...frames);
  return joined(ascii("ID3"), [major, 0, flags], sevenBits(body.length), body);
};
const SOUND = joined(
  ...Array.from({ length: 4 }, () => joined([0xff, 0xfb, 0x90, 0x64], new Uint8Array(413))),
);

const tagsOf = (bytes: Uint8Array, kind: keyof typeof KINDS = "mp3") =>
  readTags(inMemory(bytes), KINDS[kind]);
const artistOf = async (tag: Uint8Array, behind: readonly number[] | Uint8Array = []) =>
  (await tagsOf(joined(tag, SOUND, behind))).tags.artist;

const PICTURE = joined([0], ascii("image/png"), [0, 3, 0], PNG);
const largeCover = (): Uint8Array => {
  const bytes = new Uint8Array(5 * 1_024 * 1_024 + PICTURE.length);
  bytes.set(PICTURE);
  return bytes;
};
const BOM_LE = [0xff, 0xfe];
/** Long enough that a 7-bit (synchsafe) size differs from an 8-bit one. */
const LONG = "x".repeat(300);

describe("the ID3v2 tag of a file", () => {
  it.each<[string, Uint8Array]>([
    [
      "2.3, unsynchronised as a whole",
      tagOf(
        3,
        0x80,
        unsynchronised(
          joined(frame3("TPE1", [1, ...BOM_LE, ...utf16(SINGER, true)]), frame3("APIC", PICTURE)),
        ),
      ),
    ],
    [
      "2.2, unsynchronised as a whole",
      tagOf(
        2,
        0x80,
        unsynchronised(
          joined(
            frame2("TP1", [1, ...BOM_LE, ...utf16(SINGER, true)]),
            frame2("PIC", joined([0], ascii("PNG"), [3, 0], PNG)),
          ),
        ),
      ),
    ],
    [
      "2.2",
      tagOf(
        2,
        0,
        frame2("TP1", [1, ...BOM_LE, ...utf16(SINGER, true)]),
        frame2("PIC", joined([0], ascii("PNG"), [3, 0], PNG)),
      ),
    ],
    [
      "2.4, each frame unsynchronised",
      tagOf(
        4,
        0x80,
        frame4("TPE1", unsynchronised(joined([1, ...BOM_LE], utf16(SINGER, true))), 0x02),
        frame4("APIC", unsynchronised(PICTURE), 0x02),
      ),
    ],
    [
      "2.4, sizes as iTunes writes them",
      tagOf(
        4,
        0,
        frame3("TIT2", [0, ...ascii(LONG)]),
        frame3("TPE1", [3, ...ascii(SINGER)]),
        frame3("APIC", PICTURE),
      ),
    ],
    [
      "2.3, sizes of seven bits",
      tagOf(
        3,
        0,
        frame4("TIT2", [0, ...ascii(LONG)]),
        frame4("TPE1", [1, ...BOM_LE, ...utf16(SINGER, true)]),
        frame4("APIC", PICTURE),
      ),
    ],
    [
      "2.4, compressed",
      tagOf(
        4,
        0,
        frame4("TPE1", joined(sevenBits(7), deflateSync(joined([3], ascii(SINGER)))), 0x09),
        frame4("APIC", PICTURE),
      ),
    ],
    [
      "2.3 with an extended header",
      tagOf(
        3,
        0x40,
        joined([0, 0, 0, 6], new Uint8Array(6)),
        frame3("TPE1", [1, ...BOM_LE, ...utf16(SINGER, true)]),
        frame3("APIC", PICTURE),
      ),
    ],
    [
      "2.4 with an extended header",
      tagOf(
        4,
        0x40,
        joined([0, 0, 0, 6, 1, 0]),
        frame4("TPE1", [3, ...ascii(SINGER)]),
        frame4("APIC", PICTURE),
      ),
    ],
    [
      "2.3 with padding",
      tagOf(
        3,
        0,
        frame3("TPE1", [1, ...BOM_LE, ...utf16(SINGER, true)]),
        frame3("APIC", PICTURE),
        new Uint8Array(500),
      ),
    ],
  ])("is read together with its cover (%s)", async (_, tag) => {
    const { tags, cover, warnings } = await tagsOf(joined(tag, SOUND));
    expect(tags.artist).toBe(SINGER);
    expect([cover?.mediaType, cover?.bytes, warnings]).toEqual(["image/png", PNG, []]);
  });

  it.each<[string, readonly number[], string | undefined]>([
    ["UTF-16 with its mark", [1, 0xfe, 0xff, ...utf16(SINGER, false)], SINGER],
    ["UTF-16 without a mark, little-endian", [1, ...utf16(SINGER, true)], SINGER],
    ["UTF-16 without a mark, big-endian", [1, ...utf16(SINGER, false)], SINGER],
    ["UTF-16 without a mark, western", [1, ...utf16("Ann", false)], "Ann"],
    ["UTF-16BE", [2, ...utf16(SINGER, false)], SINGER],
    ["half a character of UTF-16", [1, ...BOM_LE, 0x3d, 0xd8], undefined],
    ["UTF-8", [3, ...ascii(SINGER)], SINGER],
    ["GBK that says UTF-8", [3, ...SINGER_GBK], SINGER],
    ["GBK", [0, ...SINGER_GBK], SINGER],
    ["GBK of one character", [0, 0xd6, 0xdc], "\u5468"],
    [
      "GBK among ASCII",
      [0, ...ascii("G.E.M."), 0xb5, 0xcb, 0xd7, 0xcf, 0xc6, 0xe5],
      "G.E.M.\u9093\u7d2b\u68cb",
    ],
    ["UTF-8 that says Latin-1", [0, ...ascii(SINGER)], SINGER],
    ["Shift-JIS", [0, 0x83, 0x71, 0x83, 0x4a, 0x83, 0x8b], "\u30d2\u30ab\u30eb"],
    ["Latin-1", [0, ...ascii("Mot"), 0xf6, ...ascii("rhead")], "Mot\u00f6rhead"],
    ["Latin-1 with two letters in a row", [0, ...ascii("Gr"), 0xf6, 0xdf, ...ascii("e")], "Gr\u00f6\u00dfe"],
    [
      "windows-1252",
      [0, ...ascii("Rock "), 0x92, ...ascii("n"), 0x92, ...ascii(" Roll")],
      "Rock \u2019n\u2019 Roll",
    ],
    ["an encoding that nothing says", [0, 0xca, 0xe8, 0xed, 0xee], undefined],
  ])("is read correctly or left empty (%s)", async (_, data, text) => {
    expect(await artistOf(tagOf(3, 0, frame3("TPE1", data)))).toBe(text);
  });

  it("keeps joiners of its texts and removes bidirectional control characters", async () => {
    const name = "\u0639\u0644\u06cc\u200c\u0631\u0636\u0627 \ud83d\udc69\u200d\ud83d\udcbb";
    expect(await artistOf(tagOf(4, 0, frame4("TPE1", [3, ...ascii(`${name}\u200d\u202eabc\u0007`)])))).toBe(
      `${name}\u200d abc`,
    );
  });

  it("is also read in a WAV file", async () => {
    const tag = tagOf(3, 0x80, unsynchronised(frame3("TPE1", [1, ...BOM_LE, ...utf16(SINGER, true)])));
    const padded = joined(tag, new Uint8Array(20));
    const bytes = waveOf(new Uint8Array(16), { behind: [chunkOf("id3 ", padded)] });
    expect((await tagsOf(bytes, "wav")).tags.artist).toBe(SINGER);
  });

  it.each<[string, Uint8Array]>([
    ["cover_unreadable", joined([0], ascii("image/png"), [0, 3, 0], new Uint8Array(90))],
    ["cover_too_large", largeCover()],
  ])("reports why a cover is not kept (%s)", async (warning, data) => {
    const bytes = new Uint8Array(20 + data.length + SOUND.length);
    bytes.set([...ascii("ID3"), 3, 0, 0, ...sevenBits(data.length + 10)]);
    bytes.set([...ascii("APIC"), ...eightBits(data.length), 0, 0], 10);
    bytes.set(data, 20);
    bytes.set(SOUND, 20 + data.length);
    const { cover, warnings } = await tagsOf(bytes);
    expect([cover, warnings]).toEqual([undefined, [warning]]);
  });

  it("never makes the reader throw, with any corrupted byte", async () => {
    const tag = tagOf(
      3,
      0x80,
      unsynchronised(joined(frame3("TPE1", [1, ...BOM_LE, ...utf16(SINGER, true)]), frame3("APIC", PICTURE))),
    );
    for (let at = 3; at < tag.length; at++) {
      const broken = joined(tag, SOUND);
      broken[at] = (at * 37) & 255;
      await expect(tagsOf(broken)).resolves.toHaveProperty("tags");
    }
  });
});

describe("tags without a declared encoding", () => {
  const id3v1 = (artist: readonly number[]): Uint8Array => {
    const tag = new Uint8Array(128);
    tag.set(ascii("TAG"));
    tag.set(artist, 33);
    return tag;
  };

  it.each<[string, readonly number[], string | undefined]>([
    ["GBK", SINGER_GBK, SINGER],
    ["UTF-8", ascii(SINGER), SINGER],
    [
      "GBK that is cut off",
      [0x61, ...Array.from({ length: 7 }, () => SINGER_GBK).flat(), 0xb8],
      `a${SINGER.repeat(7)}`,
    ],
    ["Latin-1", [...ascii("Beyonc"), 0xe9], "Beyonc\u00e9"],
    ["nothing known", [0xca, 0xe8, 0xed, 0xee], undefined],
  ])("are read correctly or left empty (ID3v1, %s)", async (_, artist, text) => {
    expect(await artistOf(new Uint8Array(), id3v1(artist))).toBe(text);
  });

  it("are read in the LIST chunk of a WAV file", async () => {
    const list = joined(ascii("INFO"), chunkOf("IART", Uint8Array.from([...SINGER_GBK, 0, 0])));
    const bytes = waveOf(new Uint8Array(16), { behind: [chunkOf("LIST", list)] });
    expect((await tagsOf(bytes, "wav")).tags.artist).toBe(SINGER);
  });
});
