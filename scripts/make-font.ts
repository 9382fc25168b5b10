/**
 * Builds the bitmap font of sandbox media from GNU Unifont's `unifont.hex` (Debian: package `unifont`):
 * `node scripts/make-font.ts /usr/share/unifont/unifont.hex`. Run it by hand when the set of characters changes.
 *
 * File format: the numbers of half-width and full-width glyphs (two uint32, little-endian), their code points
 * (uint16, ascending, half-width ones first), then their bitmaps. A bitmap has 16 rows; a row has one byte for
 * half-width and two for full-width glyphs.
 */
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { ROOT } from "./lib/paths.ts";

const TARGET = join(ROOT, "src/core/providers/sandbox/font/unifont.bin");

/** Latin, Greek, Cyrillic, punctuation, arrows, kana, full-width forms. */
const RANGES: readonly [number, number][] = [
  [0x20, 0x7e],
  [0xa1, 0x17f],
  [0x391, 0x3c9],
  [0x401, 0x451],
  [0x2010, 0x2027],
  [0x2030, 0x205e],
  [0x20ac, 0x20ac],
  [0x2190, 0x2193],
  [0x25a0, 0x25ff],
  [0x3000, 0x30ff],
  [0xff01, 0xff5e],
];

/** Returns the code points of the GB 2312 characters, which cover simplified Chinese. */
const chinese = (): number[] => {
  const decoder = new TextDecoder("gb2312", { fatal: true, ignoreBOM: false });
  const points: number[] = [];
  for (let row = 0xb0; row <= 0xf7; row++) {
    for (let cell = 0xa1; cell <= 0xfe; cell++) {
      try {
        points.push(decoder.decode(Uint8Array.of(row, cell)).codePointAt(0) ?? 0);
      } catch {
        // This cell of GB 2312 is not assigned.
      }
    }
  }
  return points;
};

const [source] = process.argv.slice(2);
if (!source) throw new Error("usage: node scripts/make-font.ts <path of unifont.hex>");
const wanted = new Set(chinese());
for (const [first, last] of RANGES) for (let point = first; point <= last; point++) wanted.add(point);

const half: [number, Buffer][] = [];
const full: [number, Buffer][] = [];
for (const line of (await readFile(source, "utf8")).trim().split("\n")) {
  const [code = "", bits = ""] = line.split(":");
  const point = Number.parseInt(code, 16);
  if (wanted.has(point)) (bits.length === 32 ? half : full).push([point, Buffer.from(bits, "hex")]);
}
const glyphs = [...half, ...full];
const header = Buffer.alloc(8 + glyphs.length * 2);
header.writeUInt32LE(half.length, 0);
header.writeUInt32LE(full.length, 4);
for (const [i, [point]] of glyphs.entries()) header.writeUInt16LE(point, 8 + i * 2);
await writeFile(TARGET, Buffer.concat([header, ...glyphs.map(([, bitmap]) => bitmap)]));
console.log(`${TARGET}: ${half.length} half-width and ${full.length} full-width glyphs`);
