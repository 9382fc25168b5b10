import { pngOf } from "../../media/index.ts";
import { Scene, type SceneOptions } from "./scene.ts";

export interface SandboxPicture extends SceneOptions {
  /** Share of the scene in the mix with the input picture, 0 to 1. */
  readonly strength?: number | undefined;
}

/** Returns PNG rows with filter 2 (difference to the row above), which compresses smooth pictures well. */
const filteredRows = (pixels: Uint8Array, width: number, height: number): Uint8Array => {
  const stride = width * 3 + 1;
  const rows = new Uint8Array(stride * height);
  for (let y = 0; y < height; y++) {
    const row = y * stride;
    rows[row] = 2;
    for (let x = 0; x < width; x++) {
      const at = (y * width + x) * 4;
      const above = at - width * 4;
      for (let channel = 0; channel < 3; channel++)
        rows[row + 1 + x * 3 + channel] = (pixels[at + channel] ?? 0) - (pixels[above + channel] ?? 0);
    }
  }
  return rows;
};

/** Makes a PNG of exactly the requested size. The same prompt, style, seed and picture give the same bytes. */
export const makePicture = (asked: SandboxPicture): Uint8Array => {
  const scene = new Scene(asked);
  scene.draw(0, asked.picture ? (asked.strength ?? 1) : 1);
  const { width, height, pixels } = scene;
  return pngOf({ width, height, bitDepth: 8, colour: "rgb" }, filteredRows(pixels, width, height));
};
