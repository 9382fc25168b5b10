/** Lists that contracts and pages need as well. This module has no dependency on the server. */

/** The kinds of output that models produce. */
export const CAPABILITIES = ["image", "video", "assistant"] as const;

export type Capability = (typeof CAPABILITIES)[number];

export const ASPECT_RATIOS = ["16:9", "9:16", "1:1", "4:3", "3:4"] as const;

export type AspectRatio = (typeof ASPECT_RATIOS)[number];
