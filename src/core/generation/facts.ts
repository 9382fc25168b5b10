/** Facts of generation that contracts and pages need as well. This module has no dependency on the server. */
export { imageCost, isHdImage, videoCost } from "./pricing.ts";

/** Maximum number of images in one task. */
export const MAX_IMAGES = 4;
