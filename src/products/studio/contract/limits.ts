/** The numbers and lists of the contract. This module has no schema, so that a page's script can import it. */
export { imageCost, isHdImage, MAX_IMAGES, videoCost } from "../../../core/generation/facts.ts";
export { PAYMENT_METHODS, priceOf } from "../../../core/payments/facts.ts";
export { ASPECT_RATIOS, CAPABILITIES } from "../../../core/providers/facts.ts";

export const MAX_PROMPT = 4_000;
export const MAX_NEGATIVE_PROMPT = 2_000;
export const MAX_STYLE = 100;
export const MAX_SEED = 4_294_967_295;
export const MAX_MODEL = 128;
export const DEFAULT_STRENGTH = 0.8;

/** The width or height of an image in pixels. */
export const SIDE = { min: 64, max: 2_048, default: 1_024 } as const;

export const RESOLUTIONS = ["480p", "720p", "1080p"] as const;
export const DEFAULT_RESOLUTION = "720p";
export const isHd = (resolution: string): boolean => resolution === "1080p";

/** The length of a video in seconds. */
export const DURATION = { min: 1, max: 60, default: 5 } as const;

export const MAX_TITLE = 200;
export const MAX_REPORT_REASON = 500;
export const MAX_MESSAGE = 8_000;
export const MAX_PAGE_SIZE = 100;

/** The fields of a custom provider. */
export const MAX_PROVIDER_NAME = 60;
export const MAX_PROVIDER_URL = 500;
export const MAX_PROVIDER_KEY = 500;
