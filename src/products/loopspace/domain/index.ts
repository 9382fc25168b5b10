export * from "./catalog.ts";
export * from "./library.ts";
export * from "./processor.ts";
export * from "./purchases.ts";
export { normalizeGenre } from "./search-terms.ts";
export {
  canDownload,
  MAX_AUDIO_BYTES,
  type Track,
  type TrackPreview,
  type Viewer,
} from "./track.ts";
