/** The numbers and lists of the contract. This module has no schema, so that a page's script can import it. */
import { megabytes } from "../../../lib/sizes.ts";
import { MAX_AUDIO_BYTES } from "../domain/facts.ts";

export { SCOPES } from "../../../core/access/facts.ts";
export {
  APP_EVENT_TYPES,
  EVENT_TYPES,
  MAX_ENDPOINTS,
  MAX_OVERLAP_HOURS,
} from "../../../core/webhooks/facts.ts";
export { MAX_AUDIO_BYTES };

/** The largest audio file, as texts write it. */
export const MAX_AUDIO_SIZE = megabytes(MAX_AUDIO_BYTES);

export const MAX_TITLE = 200;
export const MAX_DESCRIPTION = 5_000;
export const MAX_GENRE = 40;
export const MAX_TAG = 40;
export const MAX_TAGS = 20;
/** The highest price of a track in credits. */
export const MAX_PRICE = 1_000_000;

/** The name of a key or an application. */
export const MAX_NAME = 80;
export const MAX_REDIRECT_URIS = 10;
export const MAX_REDIRECT_URI = 512;
export const MAX_WEBHOOK_URL = 2_048;

export const MAX_PAGE_SIZE = 100;
/** The largest number of rows before a page. The database reads each of them to skip it. */
export const MAX_SKIPPED = 10_000;
/** The longest period of the usage figures in days. */
export const MAX_USAGE_DAYS = 90;
