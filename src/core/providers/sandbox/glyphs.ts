import font from "./font/unifont.bin";

/** Height of all glyphs in pixels. A full-width glyph is square, a half-width one 8 pixels wide. */
export const GLYPH_HEIGHT = 16;
const HEADER_BYTES = 8;
/** Code point (a white square) that replaces a character without a glyph in the font. */
const MISSING = 0x25a1;

/** A bitmap of 16 rows with one bit per pixel. The leftmost pixel is the highest of 16 bits. */
export interface Glyph {
  readonly width: 8 | 16;
  readonly rows: Uint16Array;
}

class Font {
  private readonly view = new DataView(font);
  private readonly half = this.view.getUint32(0, true);
  private readonly full = this.view.getUint32(4, true);
  private readonly index = new Map<number, number>();

  constructor() {
    for (let i = 0; i < this.half + this.full; i++)
      this.index.set(this.view.getUint16(HEADER_BYTES + i * 2, true), i);
  }

  glyph(point: number): Glyph {
    const i = this.index.get(point) ?? this.index.get(MISSING) ?? 0;
    const bitmaps = HEADER_BYTES + (this.half + this.full) * 2;
    const rows = new Uint16Array(GLYPH_HEIGHT);
    if (i < this.half) {
      for (let y = 0; y < GLYPH_HEIGHT; y++)
        rows[y] = this.view.getUint8(bitmaps + i * GLYPH_HEIGHT + y) << 8;
      return { width: 8, rows };
    }
    const at = bitmaps + this.half * GLYPH_HEIGHT + (i - this.half) * GLYPH_HEIGHT * 2;
    for (let y = 0; y < GLYPH_HEIGHT; y++) rows[y] = this.view.getUint16(at + y * 2, false);
    return { width: 16, rows };
  }
}

let loaded: Font | undefined;

/** Returns the glyph of a code point, or a white square if the font has none. */
export const glyphOf = (point: number): Glyph => {
  loaded ??= new Font();
  return loaded.glyph(point);
};
