import {
  AlipayGateway,
  Orders,
  type PaymentGateway,
  type PaymentMethod,
  StripeGateway,
  WechatGateway,
} from "../core/payments/index.ts";
import type { PaymentServices } from "../http/services.ts";
import type { Slice } from "../http/slice.ts";
import { systemClock } from "../lib/clock.ts";
import { warn } from "../platform/logger.ts";
import type { Settings } from "../platform/settings.ts";

const built = new WeakMap<Settings, ReadonlyMap<PaymentMethod, PaymentGateway>>();

/** Returns the gateways that have all their credentials. */
export const gatewaysOf = (settings: Settings): ReadonlyMap<PaymentMethod, PaymentGateway> => {
  let gateways = built.get(settings);
  if (!gateways) {
    const all = [stripe(settings), alipay(settings), wechat(settings)];
    gateways = new Map(all.flatMap((gateway) => (gateway ? [[gateway.method, gateway] as const] : [])));
    built.set(settings, gateways);
  }
  return gateways;
};

const stripe = (s: Settings): PaymentGateway | undefined => {
  if (!s.STRIPE_SECRET_KEY || !s.STRIPE_WEBHOOK_SECRET) return undefined;
  return new StripeGateway({
    secretKey: s.STRIPE_SECRET_KEY,
    webhookSecret: s.STRIPE_WEBHOOK_SECRET,
    apiUrl: s.STRIPE_API_URL,
  });
};

const alipay = (s: Settings): PaymentGateway | undefined => {
  if (!s.ALIPAY_APP_ID || !s.ALIPAY_PRIVATE_KEY || !s.ALIPAY_PUBLIC_KEY) return undefined;
  return new AlipayGateway(
    {
      appId: s.ALIPAY_APP_ID,
      privateKey: s.ALIPAY_PRIVATE_KEY,
      publicKey: s.ALIPAY_PUBLIC_KEY,
      gatewayUrl: s.ALIPAY_GATEWAY_URL,
    },
    systemClock,
  );
};

const wechat = (s: Settings): PaymentGateway | undefined => {
  const { WECHAT_MCH_ID: merchantId, WECHAT_APP_ID: appId, WECHAT_SERIAL_NO: serialNumber } = s;
  const { WECHAT_PRIVATE_KEY: privateKey, WECHAT_API_V3_KEY: apiV3Key } = s;
  const { WECHAT_PLATFORM_SERIAL: platformSerial, WECHAT_PLATFORM_PUBLIC_KEY: platformPublicKey } = s;
  if (
    !merchantId ||
    !appId ||
    !serialNumber ||
    !privateKey ||
    !apiV3Key ||
    !platformSerial ||
    !platformPublicKey
  )
    return undefined;
  const keys = { privateKey, apiV3Key, platformSerial, platformPublicKey };
  return new WechatGateway(
    { merchantId, appId, serialNumber, ...keys, apiUrl: s.WECHAT_API_URL },
    systemClock,
  );
};

export const paymentServices: Slice<PaymentServices> = {
  gateways: ({ settings }) => gatewaysOf(settings),
  orders: ({ db, outbox, gateways, settings }) =>
    new Orders({
      db,
      outbox,
      clock: systemClock,
      gatewayOf: (method) => gateways.get(method),
      sandbox: settings.PAYMENTS_SANDBOX,
      report: warn,
    }),
};
