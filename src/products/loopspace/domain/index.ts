export * from "./catalog.ts";
export * from "./facts.ts";
export * from "./library.ts";
export * from "./processor.ts";
export * from "./purchases.ts";
export { normalizeGenre } from "./search-terms.ts";
export {
  canDownload,
  type Track,
  type TrackPreview,
  type Viewer,
} from "./track.ts";
