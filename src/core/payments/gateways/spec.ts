import type { orders } from "../../../platform/db/schema/payments.ts";

export type Order = typeof orders.$inferSelect;
export type PaymentMethod = Order["method"];

/** What a gateway shows of what is paid for. */
export const goodsOf = ({ kind, credits, months }: Order): string =>
  kind === "vip" ? `VIP, ${months} × 30 days` : `${credits} credits`;

/** What the client needs to pay. */
export type Payment =
  | { readonly type: "redirect"; readonly url: string }
  | { readonly type: "qr"; readonly codeUrl: string };

export interface StartedPayment {
  readonly payment: Payment;
  /** The gateway's id of the payment being made, where it has one. */
  readonly session?: string;
}

/** What a gateway says became of an order, verified. Amounts in the currency's smallest unit. */
export type PaymentEvent =
  | {
      readonly kind: "paid";
      readonly orderId: string;
      readonly transaction: string;
      readonly amountMinor: number;
      readonly currency: string;
    }
  | { readonly kind: "failed"; readonly orderId: string }
  /** Genuine, and nothing to us. */
  | { readonly kind: "ignored" };

export type CallbackOutcome = PaymentEvent | { readonly kind: "forged"; readonly detail: string };

export type PaymentState = PaymentEvent | { readonly kind: "unpaid" };

/** The gateway did not answer as documented: come back later. Never shown to a client. */
export class GatewayError extends Error {
  override readonly name = "GatewayError";
}

export interface PaymentGateway {
  readonly method: PaymentMethod;
  /** Asking twice for one order starts one payment. Throws GatewayError. */
  readonly start: (
    order: Order,
    urls: { readonly returnUrl: string; readonly notifyUrl: string },
  ) => Promise<StartedPayment>;
  /** Verifies first, parses then. `body` is the request's text as it came. */
  readonly readCallback: (headers: Headers, body: string) => Promise<CallbackOutcome>;
  /** Asks the gateway what became of an order. Throws GatewayError. */
  readonly query: (order: Order) => Promise<PaymentState>;
  /** Ends an unpaid payment at the gateway, so that nobody pays for what expired. Throws GatewayError. */
  readonly close: (order: Order) => Promise<void>;
  /** Gives the whole amount back, once however often it is asked. Throws GatewayError. */
  readonly refund: (order: Order) => Promise<void>;
}
