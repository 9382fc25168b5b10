/** Facts of payments that contracts and pages need as well. This module has no dependency on the server. */
export { MAX_CREDITS, MAX_MONTHS, MIN_CREDITS, priceOf } from "./pricing.ts";

/** The methods of payment of an order. */
export const PAYMENT_METHODS = ["ALIPAY", "WECHAT", "STRIPE"] as const;
