export { PAYMENT_METHODS } from "./facts.ts";
export { AlipayGateway } from "./gateways/alipay.ts";
export type { CallbackOutcome, Order, PaymentGateway, PaymentMethod } from "./gateways/spec.ts";
export { StripeGateway } from "./gateways/stripe.ts";
export { WechatGateway } from "./gateways/wechat.ts";
export { Orders, type PaymentUrls } from "./orders.ts";
export { type Goods, MAX_CREDITS, MAX_MONTHS, MIN_CREDITS, priceOf } from "./pricing.ts";
