import { inflateSync } from "node:zlib";

/** Samples per pixel, by PNG colour type: grey, RGB, palette, grey with alpha, RGBA. */
const CHANNELS: Record<number, number> = { 0: 1, 2: 3, 3: 1, 4: 2, 6: 4 };

const paeth = (left: number, above: number, corner: number): number => {
  const guess = left + above - corner;
  const [a, b, c] = [Math.abs(guess - left), Math.abs(guess - above), Math.abs(guess - corner)];
  if (a <= b && a <= c) return left;
  return b <= c ? above : corner;
};

const predict = (filter: number, left: number, above: number, corner: number): number => {
  switch (filter) {
    case 1:
      return left;
    case 2:
      return above;
    case 3:
      return (left + above) >> 1;
    case 4:
      return paeth(left, above, corner);
    default:
      return 0;
  }
};

/** Reverses the PNG filter of every row, in place. */
const unfilter = (data: Uint8Array, stride: number, step: number): void => {
  for (let row = 0; row + stride <= data.length; row += stride) {
    const filter = data[row] ?? 0;
    if (filter === 0) continue;
    for (let i = row + 1; i < row + stride; i++) {
      const isFirst = i - step <= row;
      const left = isFirst ? 0 : (data[i - step] ?? 0);
      const above = row > 0 ? (data[i - stride] ?? 0) : 0;
      const corner = row > 0 && !isFirst ? (data[i - stride - step] ?? 0) : 0;
      data[i] = (data[i] ?? 0) + predict(filter, left, above, corner);
    }
  }
};

/**
 * Decodes a PNG to RGB. Reads only non-interlaced files with 8 bits per sample, which is what the image service
 * makes, and throws for any other. Transparency is dropped.
 */
export const readPng = (png: Uint8Array): { width: number; height: number; rgb: Uint8Array } => {
  const view = new DataView(png.buffer, png.byteOffset, png.byteLength);
  const [width, height] = [view.getUint32(16), view.getUint32(20)];
  const [depth, colour = 0, , , interlaced] = png.subarray(24, 29);
  const channels = CHANNELS[colour];
  if (depth !== 8 || channels === undefined || interlaced !== 0)
    throw new Error("only a non-interlaced PNG with 8 bits per sample can be read");
  const compressed: Uint8Array[] = [];
  let palette = new Uint8Array();
  for (let at = 8; at + 12 <= png.length; ) {
    const length = view.getUint32(at);
    const type = String.fromCharCode(...png.subarray(at + 4, at + 8));
    if (type === "IDAT") compressed.push(png.subarray(at + 8, at + 8 + length));
    if (type === "PLTE") palette = png.slice(at + 8, at + 8 + length);
    at += 12 + length;
  }
  const data = new Uint8Array(inflateSync(Buffer.concat(compressed)));
  const stride = width * channels + 1;
  unfilter(data, stride, channels);
  const rgb = new Uint8Array(width * height * 3);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const from = y * stride + 1 + x * channels;
      for (let channel = 0; channel < 3; channel++) {
        const grey = channels < 3 && colour !== 3;
        const sample = data[from + (grey || colour === 3 ? 0 : channel)] ?? 0;
        rgb[(y * width + x) * 3 + channel] = colour === 3 ? (palette[sample * 3 + channel] ?? 0) : sample;
      }
    }
  }
  return { width, height, rgb };
};
