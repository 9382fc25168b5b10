export * from "./loose-objects.ts";
export type { PictureFacts } from "./pictures/format.ts";
export * from "./pictures/index.ts";
export { type PngHeader, pngOf } from "./pictures/png.ts";
export { webpOfVp8 } from "./pictures/webp.ts";
export { isWholePicture } from "./pictures/whole-picture.ts";
export * from "./uploads.ts";
export { flawOfVideo } from "./videos/whole-video.ts";
