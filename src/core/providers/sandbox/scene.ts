import { BAND, CLEAR, captionLayer } from "./caption.ts";
import { gradientOf, LEVELS } from "./palette.ts";
import { hashOf, randomFrom } from "./random.ts";

export interface SceneOptions {
  readonly width: number;
  readonly height: number;
  readonly prompt: string;
  readonly negativePrompt?: string | undefined;
  readonly style?: string | undefined;
  readonly seed: number;
  /** Input picture: RGB of the same size. */
  readonly picture?: Uint8Array | undefined;
}

interface Wave {
  readonly x: number;
  readonly y: number;
  readonly speed: number;
  readonly phase: number;
}

interface Mote {
  readonly x: number;
  readonly y: number;
  readonly swayX: number;
  readonly swayY: number;
  readonly turns: number;
  readonly phase: number;
  readonly radius: number;
  readonly light: number;
}

/** Side of a grid cell in pixels. The field is computed at the grid points and interpolated between them. */
const CELL = 8;
const WAVES = 4;
const MOTES = 28;
const TURN = 2 * Math.PI;
const LABEL = "sandbox";
/** Brightness of the picture under the band behind the text, relative to its own brightness. */
const BAND_LIGHT = 0.3;
const BAR_PIXELS = 3;

/** A moving picture: slow waves of light in colours that fit the prompt, drifting spots of light, and the caption. */
export class Scene {
  readonly width: number;
  readonly height: number;
  /** RGBA of the last frame that was drawn. */
  readonly pixels: Uint8Array;
  private readonly colours: Uint8Array;
  private readonly waves: readonly Wave[];
  private readonly motes: readonly Mote[];
  private readonly caption: Uint8Array;
  private readonly columns: number;
  private readonly field: Float32Array;
  private readonly picture: Uint8Array | undefined;

  constructor({ width, height, prompt, negativePrompt = "", style = "", seed, picture }: SceneOptions) {
    const random = randomFrom(hashOf(`${prompt}\n${negativePrompt}${style && `\n${style}`}\n${seed}`));
    this.picture = picture;
    const either = (from: number, to: number) => from + random() * (to - from);
    this.width = width;
    this.height = height;
    this.pixels = new Uint8Array(width * height * 4);
    this.colours = gradientOf(`${prompt} ${style}`, random());
    this.waves = Array.from({ length: WAVES }, () => ({
      x: either(-7, 7),
      y: either(-5, 5),
      // A whole number of turns, so that the end of the video continues with its first frame.
      speed: Math.round(either(1, 3)) * (random() < 0.5 ? -1 : 1),
      phase: either(0, TURN),
    }));
    this.motes = Array.from({ length: MOTES }, () => ({
      x: random(),
      y: either(0, 0.8),
      swayX: either(0.02, 0.12),
      swayY: either(0.02, 0.1),
      turns: Math.round(either(1, 2)),
      phase: either(0, TURN),
      radius: either(0.01, 0.06),
      light: either(30, 110),
    }));
    this.caption = captionLayer(width, height, prompt, style === "" ? LABEL : `${LABEL} · ${style}`);
    this.columns = Math.ceil(width / CELL) + 1;
    this.field = new Float32Array(this.columns * (Math.ceil(height / CELL) + 1));
  }

  /**
   * Draws the frame at the relative time `at` (0 to 1) into `pixels`. `strength` is the share of the scene in the mix
   * with the input picture: 1 shows only the scene, 0 only the picture.
   */
  draw(at: number, strength = 1): void {
    this.drawField(at);
    for (const mote of this.motes) this.drawMote(mote, at);
    if (this.picture) this.blend(this.picture, strength);
    this.drawCaption(at);
  }

  private blend(picture: Uint8Array, strength: number): void {
    const { pixels } = this;
    for (let from = 0, to = 0; to < pixels.length; from += 3, to += 4) {
      for (let channel = 0; channel < 3; channel++) {
        const kept = (picture[from + channel] ?? 0) * (1 - strength);
        pixels[to + channel] = (pixels[to + channel] ?? 0) * strength + kept;
      }
    }
  }

  private drawField(at: number): void {
    const { field, columns, width, height, pixels, colours } = this;
    const rows = field.length / columns;
    for (let row = 0; row < rows; row++) {
      for (let column = 0; column < columns; column++) {
        const x = column / columns;
        const y = row / rows;
        let level = 0;
        for (const wave of this.waves)
          level += Math.sin(
            wave.x * x + wave.y * y + wave.phase + wave.speed * TURN * at + Math.sin(TURN * y) * 0.7,
          );
        // The top is lighter, like a sky.
        field[row * columns + column] = ((level / WAVES + 1) / 2) * 0.75 + (1 - y) * 0.25;
      }
    }
    let out = 0;
    for (let y = 0; y < height; y++) {
      const row = Math.floor(y / CELL);
      const down = (y % CELL) / CELL;
      for (let x = 0; x < width; x++) {
        const cell = row * columns + Math.floor(x / CELL);
        const right = (x % CELL) / CELL;
        const above = (field[cell] ?? 0) * (1 - right) + (field[cell + 1] ?? 0) * right;
        const below = (field[cell + columns] ?? 0) * (1 - right) + (field[cell + columns + 1] ?? 0) * right;
        const colour = Math.min(LEVELS - 1, Math.floor((above * (1 - down) + below * down) * LEVELS)) * 3;
        pixels[out++] = colours[colour] ?? 0;
        pixels[out++] = colours[colour + 1] ?? 0;
        pixels[out++] = colours[colour + 2] ?? 0;
        pixels[out++] = 255;
      }
    }
  }

  private drawMote(mote: Mote, at: number): void {
    const { width, height, pixels } = this;
    const angle = mote.phase + mote.turns * TURN * at;
    const centreX = (mote.x + Math.sin(angle) * mote.swayX) * width;
    const centreY = (mote.y + Math.cos(angle) * mote.swayY) * height;
    const radius = mote.radius * Math.min(width, height);
    const top = Math.max(0, Math.floor(centreY - radius));
    const bottom = Math.min(height - 1, Math.ceil(centreY + radius));
    const left = Math.max(0, Math.floor(centreX - radius));
    const right = Math.min(width - 1, Math.ceil(centreX + radius));
    for (let y = top; y <= bottom; y++) {
      for (let x = left; x <= right; x++) {
        const distance = ((x - centreX) ** 2 + (y - centreY) ** 2) / radius ** 2;
        if (distance >= 1) continue;
        const light = mote.light * (1 - distance) ** 2;
        const i = (y * width + x) * 4;
        for (let channel = i; channel < i + 3; channel++)
          pixels[channel] = Math.min(255, (pixels[channel] ?? 0) + light);
      }
    }
  }

  private drawCaption(at: number): void {
    const { caption, pixels, width, height } = this;
    for (let i = 0; i < caption.length; i++) {
      const over = caption[i];
      if (over === CLEAR) continue;
      const p = i * 4;
      for (let channel = p; channel < p + 3; channel++)
        pixels[channel] = over === BAND ? (pixels[channel] ?? 0) * BAND_LIGHT : 255;
    }
    // A line along the bottom shows the position in the video.
    const reached = Math.round(width * at);
    for (let y = height - BAR_PIXELS; y < height; y++)
      pixels.fill(230, y * width * 4, (y * width + reached) * 4);
  }
}
