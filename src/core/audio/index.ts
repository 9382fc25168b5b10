export * from "./catalog.ts";
export * from "./library.ts";
export * from "./processor.ts";
export * from "./purchases.ts";
export {
  MAX_AUDIO_BYTES,
  mayDownload,
  type Track,
  type TrackPreview,
  type Viewer,
} from "./track.ts";
export { genreOf } from "./words.ts";
