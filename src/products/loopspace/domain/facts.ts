/** Facts of audio that the contract and the pages need as well. This module has no dependency on the server. */
import { MIB } from "../../../lib/sizes.ts";

export const MAX_AUDIO_BYTES = 100 * MIB;

/**
 * The maximum length of a preview, which is also at most half of the track. Accounts that have not bought a priced track
 * can play only its preview.
 */
export const PREVIEW_SECONDS = 30;
