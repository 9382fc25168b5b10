/** Facts of audio that the contract and the pages need as well. This module has no dependency on the server. */
import { MIB } from "../../../lib/sizes.ts";

export const MAX_AUDIO_BYTES = 100 * MIB;

/** A preview for listeners who have not bought the track plays at most this long, and at most half of the track. */
export const PREVIEW_SECONDS = 30;
