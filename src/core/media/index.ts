export { OrphanedObjects } from "./orphaned-objects.ts";
export type { PictureFacts } from "./pictures/format.ts";
export { looksLikePicture, MAX_PIXELS, readPicture, stripPicture } from "./pictures/index.ts";
export { type PngHeader, pngOf } from "./pictures/png.ts";
export { webpOfVp8 } from "./pictures/webp.ts";
export { isCompletePicture } from "./pictures/whole-picture.ts";
export {
  MAX_PICTURE_BYTES,
  MAX_VIDEO_BYTES,
  type Upload,
  Uploads,
  uploadKeyOf,
  uploadThumbnailKeyOf,
} from "./uploads.ts";
export { videoProblem } from "./videos/whole-video.ts";
