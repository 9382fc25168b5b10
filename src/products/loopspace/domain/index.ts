export { AudioCatalog, type TrackPage } from "./catalog.ts";
export { MAX_AUDIO_BYTES } from "./facts.ts";
export { AudioLibrary, type AudioLibraryDependencies, newAudioKey, type TrackFacts } from "./library.ts";
export { AudioProcessor, audioMessageSchema, audioRetryMs } from "./processor.ts";
export { type Purchase, Purchases } from "./purchases.ts";
export { normalizeGenre } from "./search-terms.ts";
export {
  canDownload,
  type Track,
  type TrackPreview,
  type Viewer,
} from "./track.ts";
