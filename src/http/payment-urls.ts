import type { PaymentMethod, PaymentUrls } from "../core/payments/index.ts";
import type { AppContext } from "./context.ts";
import { publicOrigin } from "./media-urls.ts";

const NOTIFY_PATHS: Record<PaymentMethod, string> = {
  STRIPE: "/payments/stripe/webhook",
  ALIPAY: "/payments/alipay/notify",
  WECHAT: "/payments/wechat/notify",
};

/** Where a gateway sends people back to, and tells us what became of the order. */
export const paymentUrlsOf = (c: AppContext, method: PaymentMethod): PaymentUrls => ({
  returnUrl: `${publicOrigin(c)}/payments/return`,
  notifyUrl: publicOrigin(c) + NOTIFY_PATHS[method],
});
