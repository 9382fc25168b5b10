/** Facts of payments that contracts and pages need as well. This module has no dependency on the server. */
import { MINUTE_MS } from "../../lib/clock.ts";

export { MAX_CREDITS, MAX_MONTHS, MIN_CREDITS, priceOf } from "./pricing.ts";

/** The methods of payment of an order. */
export const PAYMENT_METHODS = ["ALIPAY", "WECHAT", "STRIPE"] as const;

/** How long an order can be paid after it was created. Then it is cancelled. */
export const ORDER_TTL_MS = 30 * MINUTE_MS;
