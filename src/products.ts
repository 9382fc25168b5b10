import type { Product } from "./http/product.ts";
import { loopspace } from "./products/loopspace/product.ts";
import { meeting } from "./products/meeting/product.ts";
import { musicqr } from "./products/musicqr/product.ts";
import { sora } from "./products/sora/product.ts";
import { studio } from "./products/studio/product.ts";

/**
 * The products of this platform, in the order in which they are listed and in which they answer a path of the shared
 * origin that two of them own.
 */
export const PRODUCTS: readonly Product[] = [musicqr, sora, studio, meeting, loopspace];

/** The factories of the services that only one product uses. */
export const productServices = {
  ...musicqr.services,
  ...studio.services,
  ...meeting.services,
  ...loopspace.services,
};
