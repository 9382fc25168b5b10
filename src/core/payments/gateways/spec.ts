import type { orders } from "../../../platform/db/schema/payments.ts";

export type Order = typeof orders.$inferSelect;
export type PaymentMethod = Order["method"];

/** Describes the goods of an order; the gateway shows this text to the buyer. */
export const describeGoods = ({ kind, credits, months }: Order): string =>
  kind === "vip" ? `VIP, ${months} × 30 days` : `${credits} credits`;

/** The address that the client opens, or shows as a QR code, to pay. */
export type Payment =
  | { readonly type: "redirect"; readonly url: string }
  | { readonly type: "qr"; readonly codeUrl: string };

export interface StartedPayment {
  readonly payment: Payment;
  /** The gateway's id of the started payment, if the gateway has one. */
  readonly session?: string;
}

/** A verified report of a gateway about an order. Amounts are in the currency's smallest unit. */
export type PaymentEvent =
  | {
      readonly kind: "paid";
      readonly orderId: string;
      readonly transaction: string;
      readonly amountMinor: number;
      readonly currency: string;
    }
  | { readonly kind: "failed"; readonly orderId: string }
  /** A genuine report that changes no order. */
  | { readonly kind: "ignored" };

export type CallbackOutcome = PaymentEvent | { readonly kind: "forged"; readonly detail: string };

export type PaymentState = PaymentEvent | { readonly kind: "unpaid" };

/** The gateway did not answer as documented. The call can be retried later; clients never see the message. */
export class GatewayError extends Error {
  override readonly name = "GatewayError";
}

export interface PaymentGateway {
  readonly method: PaymentMethod;
  /** Starts the payment of an order; a second call for the same order starts no other. Throws GatewayError. */
  readonly start: (
    order: Order,
    urls: { readonly returnUrl: string; readonly notifyUrl: string },
  ) => Promise<StartedPayment>;
  /** Verifies a notification, then parses it. `body` is the unchanged text of the request. */
  readonly readCallback: (headers: Headers, body: string) => Promise<CallbackOutcome>;
  /** Asks the gateway for the state of an order's payment. Throws GatewayError. */
  readonly query: (order: Order) => Promise<PaymentState>;
  /** Ends an unpaid payment at the gateway, so that an expired order cannot be paid. Throws GatewayError. */
  readonly close: (order: Order) => Promise<void>;
  /** Refunds the whole amount, once, however often it is called. Throws GatewayError. */
  readonly refund: (order: Order) => Promise<void>;
}
