import { GLYPH_HEIGHT, type Glyph, glyphOf } from "./glyphs.ts";

const MAX_LINES = 3;
const LINE_GAP = 4;
const PADDING = 8;
const ELLIPSIS = "…";
/** A line breaks between any two full-width (Chinese) characters, but half-width words break only at a space. */
const SPACE = 0x20;

/** Values of an overlay pixel: nothing, the darkened band behind the text, or the text itself. */
export const CLEAR = 0;
export const BAND = 1;
export const INK = 2;

interface Line {
  readonly glyphs: readonly Glyph[];
  readonly width: number;
}

const lineOf = (points: readonly number[]): Line => {
  const glyphs = points.map(glyphOf);
  return { glyphs, width: glyphs.reduce((sum, { width }) => sum + width, 0) };
};

const widthOf = (points: readonly number[]): number =>
  points.reduce((sum, point) => sum + glyphOf(point).width, 0);

/** Returns whether `at` lies between two half-width characters of one word, where a line must not break. */
const isInWord = (points: readonly number[], at: number): boolean =>
  [points[at - 1], points[at]].every(
    (point) => point !== undefined && point !== SPACE && glyphOf(point).width === 8,
  );

/** Breaks a text into lines of at most `maxWidth` font pixels. A text that does not fit ends with an ellipsis. */
export const wrap = (text: string, maxWidth: number, maxLines = MAX_LINES): number[][] => {
  const rest = [...text.normalize("NFC").replace(/\s+/gu, " ").trim()].map((ch) => ch.codePointAt(0) ?? 0);
  const lines: number[][] = [];
  while (rest.length > 0 && lines.length < maxLines) {
    let length = 0;
    for (let width = 0; length < rest.length; length++) {
      width += glyphOf(rest[length] ?? 0).width;
      if (width > maxWidth) break;
    }
    if (length < rest.length) {
      // The limit is inside a word: break at the space before it. A word longer than a line is split.
      const space = isInWord(rest, length) ? rest.lastIndexOf(SPACE, length) : -1;
      if (space > 0) length = space;
    }
    lines.push(rest.splice(0, Math.max(1, length)));
    while (rest[0] === SPACE) rest.shift();
  }
  const last = lines.at(-1);
  if (last && rest.length > 0) {
    const dots = [...ELLIPSIS].map((ch) => ch.codePointAt(0) ?? 0);
    while (last.length > 0 && widthOf([...last, ...dots]) > maxWidth) last.pop();
    last.push(...dots);
  }
  return lines;
};

/**
 * An overlay with one byte per pixel. Drawing is clipped to it, because the smallest pictures are smaller than the
 * text.
 */
class Layer {
  readonly bytes: Uint8Array;

  constructor(
    private readonly width: number,
    private readonly height: number,
  ) {
    this.bytes = new Uint8Array(width * height);
  }

  line({ glyphs }: Line, left: number, top: number, scale: number): void {
    let x = left;
    for (const { width, rows } of glyphs) {
      for (let gy = 0; gy < GLYPH_HEIGHT * scale && top + gy < this.height; gy++) {
        const row = rows[Math.floor(gy / scale)] ?? 0;
        const start = (top + gy) * this.width + x;
        for (let gx = 0; gx < width * scale && x + gx < this.width; gx++) {
          if (row & (0x8000 >> Math.floor(gx / scale))) this.bytes[start + gx] = INK;
        }
      }
      x += width * scale;
    }
  }

  band(x: number, y: number, width: number, height: number): void {
    const right = Math.min(this.width, x + width);
    for (let row = y; row < Math.min(this.height, y + height); row++)
      this.bytes.fill(BAND, row * this.width + x, row * this.width + right);
  }
}

/**
 * Returns the overlay of every frame: the prompt in a band at the bottom, and a label in the top left corner. One
 * byte per pixel, computed once per video. A font pixel is drawn as a square block of pixels, so that the text stays
 * readable after lossy encoding.
 */
export const captionLayer = (width: number, height: number, prompt: string, label: string): Uint8Array => {
  const layer = new Layer(width, height);
  const scale = Math.max(1, Math.round(Math.min(width, height) / 200));
  const pad = PADDING * scale;
  const lineHeight = (GLYPH_HEIGHT + LINE_GAP) * scale;
  // The text covers at most half of the picture.
  const maxLines = Math.min(MAX_LINES, Math.floor((height / 2 - 2 * pad) / lineHeight));
  const lines = wrap(prompt, Math.floor((width - 2 * pad) / scale), maxLines).map(lineOf);
  const bandHeight = lines.length === 0 ? 0 : lines.length * lineHeight - LINE_GAP * scale + 2 * pad;
  layer.band(0, height - bandHeight, width, bandHeight);
  for (const [i, line] of lines.entries())
    layer.line(line, pad, height - bandHeight + pad + i * lineHeight, scale);
  const tag = lineOf([...label].map((ch) => ch.codePointAt(0) ?? 0));
  layer.band(pad, pad, tag.width * scale + pad, GLYPH_HEIGHT * scale + pad / 2);
  layer.line(tag, pad + pad / 2, pad + pad / 4, scale);
  return layer.bytes;
};
