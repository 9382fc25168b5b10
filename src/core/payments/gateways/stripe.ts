import Stripe from "stripe";
import { MINUTE_MS } from "../../../lib/clock.ts";
import {
  type CallbackOutcome,
  describeGoods,
  GatewayError,
  type Order,
  type PaymentEvent,
  type PaymentGateway,
} from "./spec.ts";

export interface StripeConfig {
  readonly secretKey: string;
  readonly webhookSecret: string;
  /** Defaults to Stripe's production address. */
  readonly apiUrl?: string | undefined;
}

/**
 * How much later a Checkout session expires than its order. Stripe requires at least 30 minutes from the creation of
 * the session; the session can be created just before the order expires, and `close` ends it then. The time is
 * derived from the order, because a request with the same idempotency key must be identical.
 */
const SESSION_GRACE_MS = 31 * MINUTE_MS;
const TIMEOUT_MS = 10_000;
const ALREADY_REFUNDED = "charge_already_refunded";

const clientOf = ({ secretKey, apiUrl }: StripeConfig): Stripe => {
  const url = apiUrl === undefined ? undefined : new URL(apiUrl);
  return new Stripe(secretKey, {
    httpClient: Stripe.createFetchHttpClient(),
    timeout: TIMEOUT_MS,
    telemetry: false,
    ...(url && {
      host: url.hostname,
      port: url.port,
      protocol: url.protocol === "http:" ? ("http" as const) : ("https" as const),
    }),
  });
};

const paidBy = (session: Stripe.Checkout.Session): PaymentEvent => {
  const { payment_intent: intent, client_reference_id: orderId, amount_total: amount, currency } = session;
  const transaction = typeof intent === "string" ? intent : intent?.id;
  if (!orderId || !transaction || amount === null || currency === null) return { kind: "ignored" };
  return { kind: "paid", orderId, transaction, amountMinor: amount, currency: currency.toUpperCase() };
};

/** Stripe Checkout: the buyer pays on a page of Stripe. */
export class StripeGateway implements PaymentGateway {
  readonly method = "STRIPE";
  private readonly stripe: Stripe;
  private readonly cryptoProvider = Stripe.createSubtleCryptoProvider();

  constructor(private readonly config: StripeConfig) {
    this.stripe = clientOf(config);
  }

  async start(order: Order, { returnUrl }: { readonly returnUrl: string }) {
    const session = await this.ask(() =>
      this.stripe.checkout.sessions.create(
        {
          mode: "payment",
          client_reference_id: order.id,
          metadata: { order: order.id },
          line_items: [
            {
              quantity: 1,
              price_data: {
                currency: order.currency.toLowerCase(),
                unit_amount: order.amountMinor,
                product_data: { name: describeGoods(order) },
              },
            },
          ],
          expires_at: Math.floor((order.expiresAt + SESSION_GRACE_MS) / 1_000),
          success_url: returnUrl,
          cancel_url: returnUrl,
        },
        { idempotencyKey: `order-${order.id}` },
      ),
    );
    if (!session.url) throw new GatewayError("the session has no URL");
    return { payment: { type: "redirect" as const, url: session.url }, session: session.id };
  }

  async readCallback(headers: Headers, body: string): Promise<CallbackOutcome> {
    let event: Stripe.Event;
    try {
      event = await this.stripe.webhooks.constructEventAsync(
        body,
        headers.get("stripe-signature") ?? "",
        this.config.webhookSecret,
        undefined,
        this.cryptoProvider,
      );
    } catch (error) {
      return { kind: "forged", detail: String(error) };
    }
    switch (event.type) {
      case "checkout.session.completed":
      case "checkout.session.async_payment_succeeded":
        // "unpaid" means that a bank transfer has not arrived yet; a later event reports its success or failure.
        return event.data.object.payment_status === "paid" ? paidBy(event.data.object) : { kind: "ignored" };
      case "checkout.session.async_payment_failed": {
        const { client_reference_id: orderId } = event.data.object;
        return orderId ? { kind: "failed", orderId } : { kind: "ignored" };
      }
      default:
        return { kind: "ignored" };
    }
  }

  async query(order: Order) {
    const { gatewaySession } = order;
    if (gatewaySession === null) return { kind: "unpaid" as const };
    const session = await this.ask(() => this.stripe.checkout.sessions.retrieve(gatewaySession));
    return session.payment_status === "paid" ? paidBy(session) : { kind: "unpaid" as const };
  }

  async close(order: Order): Promise<void> {
    const { gatewaySession } = order;
    if (gatewaySession === null) return;
    const session = await this.ask(() => this.stripe.checkout.sessions.retrieve(gatewaySession));
    if (session.status === "open") await this.ask(() => this.stripe.checkout.sessions.expire(gatewaySession));
  }

  async refund(order: Order): Promise<void> {
    const { gatewayTransaction } = order;
    if (gatewayTransaction === null) throw new GatewayError("the order has no payment to refund");
    await this.ask(async () => {
      try {
        await this.stripe.refunds.create(
          { payment_intent: gatewayTransaction, metadata: { order: order.id } },
          { idempotencyKey: `order-refund-${order.id}` },
        );
      } catch (error) {
        // Stripe keeps idempotency keys for 24 hours only. After that, a repeated call gets this error, which means
        // that the refund was made.
        if (!(error instanceof Stripe.errors.StripeError && error.code === ALREADY_REFUNDED)) throw error;
      }
    });
  }

  private async ask<T>(call: () => Promise<T>): Promise<T> {
    try {
      return await call();
    } catch (error) {
      if (error instanceof Stripe.errors.StripeError)
        throw new GatewayError(`${error.type}: ${error.message}`);
      throw error;
    }
  }
}
