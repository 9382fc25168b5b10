export * from "./orphaned-objects.ts";
export type { PictureFacts } from "./pictures/format.ts";
export * from "./pictures/index.ts";
export { type PngHeader, pngOf } from "./pictures/png.ts";
export { webpOfVp8 } from "./pictures/webp.ts";
export { isCompletePicture } from "./pictures/whole-picture.ts";
export * from "./uploads.ts";
export { videoProblem } from "./videos/whole-video.ts";
