import type { PaymentMethod, PaymentUrls } from "../core/payments/index.ts";
import type { AppContext } from "./context.ts";
import { answerOrigin, publicOrigin } from "./origins.ts";

const NOTIFY_PATHS: Record<PaymentMethod, string> = {
  STRIPE: "/payments/stripe/webhook",
  ALIPAY: "/payments/alipay/notify",
  WECHAT: "/payments/wechat/notify",
};

/**
 * Returns the URL to which a gateway sends the browser back, on the host of the request, and the URL that the gateway
 * notifies.
 */
export const paymentUrlsOf = (c: AppContext, method: PaymentMethod): PaymentUrls => ({
  returnUrl: `${answerOrigin(c)}/payments/return`,
  notifyUrl: publicOrigin(c) + NOTIFY_PATHS[method],
});
