import { pngOf } from "../../../core/media/index.ts";
import { fail } from "../../../http/context.ts";
import { newRouter } from "../../../http/validation.ts";
import { viewerOf } from "../viewer.ts";
import { limitPageViews } from "./page-limit.ts";

/** The size in pixels that chat applications show as a large preview. */
export const PICTURE_WIDTH = 1_200;
export const PICTURE_HEIGHT = 630;

const PAPER = [0x13, 0x18, 0x16];
const INK = [0x7f, 0xcb, 0xb8];
const MARGIN = 100;
/** The height in pixels of a peak of 1. */
const TALLEST = 430;
const LOWEST = 4;
/** The width of a stroke as a share of the width that a peak has. */
const STROKE = 0.6;
/** The filter type "Up" (PNG, W3C, 9.2): a row stores the difference from the row above it. */
const UP = 2;
const DAY_SECONDS = 86_400;

/** Returns the height of the stroke in each column of pixels; 0 between strokes. */
const heightsOf = (peaks: readonly number[]): number[] => {
  const room = (PICTURE_WIDTH - 2 * MARGIN) / Math.max(1, peaks.length);
  return Array.from({ length: PICTURE_WIDTH }, (_, x) => {
    const at = (x - MARGIN) / room;
    const peak = peaks[Math.floor(at)];
    return peak === undefined || at % 1 >= STROKE ? 0 : Math.max(LOWEST, peak * TALLEST);
  });
};

/** Draws the waveform of a track as a PNG: the link preview of a track without a cover. */
const waveformPngOf = (peaks: readonly number[]): Uint8Array<ArrayBuffer> => {
  const heights = heightsOf(peaks);
  const stride = PICTURE_WIDTH * 3 + 1;
  const rows = new Uint8Array(PICTURE_HEIGHT * stride);
  const isInk = (x: number, y: number): boolean =>
    y >= 0 && Math.abs(y - PICTURE_HEIGHT / 2) <= (heights[x] ?? 0) / 2 && (heights[x] ?? 0) > 0;
  for (let y = 0; y < PICTURE_HEIGHT; y++) {
    rows[y * stride] = UP;
    for (let x = 0; x < PICTURE_WIDTH; x++) {
      const here = isInk(x, y) ? INK : PAPER;
      const above = y === 0 ? undefined : isInk(x, y - 1) ? INK : PAPER;
      if (here === above) continue;
      for (let part = 0; part < 3; part++)
        rows[y * stride + 1 + x * 3 + part] = (here[part] ?? 0) - (above?.[part] ?? 0);
    }
  }
  return pngOf({ width: PICTURE_WIDTH, height: PICTURE_HEIGHT, bitDepth: 8, colour: "rgb" }, rows);
};

export const trackPicture = newRouter();

trackPicture.get("/loopspace/tracks/:id{[A-Za-z0-9_-]{1,64}}/picture.png", limitPageViews, async (c) => {
  const found = await c.get("services").audioLibrary.find(viewerOf(c), c.req.param("id"));
  if (!found.ok) return fail(c, found.error);
  return c.body(waveformPngOf(found.value.waveform), 200, {
    "content-type": "image/png",
    "cache-control": `public, max-age=${DAY_SECONDS}`,
  });
});
