import { env } from "cloudflare:workers";
import type { Order, PaymentMethod } from "../../src/core/payments/index.ts";
import { Orders } from "../../src/core/payments/index.ts";
import { Outbox } from "../../src/core/webhooks/index.ts";
import { primary } from "../../src/platform/db/client.ts";
import { newMeter } from "../../src/platform/meter.ts";
import { settingsOf } from "../../src/platform/settings.ts";
import { gatewaysOf } from "../../src/services/payments.ts";
import type { Fakes } from "./fakes/index.ts";

export const fakes = JSON.parse(env.FAKES) as Fakes;

/** The Worker's environment with credentials of all three gateways. */
export const envWithGateways = {
  ...env,
  ...fakes.stripe.vars,
  ...fakes.alipay.vars,
  ...fakes.wechat.vars,
  PAYMENTS_SANDBOX: "false",
} as typeof env;

export const gateways = gatewaysOf(settingsOf(envWithGateways));
export const db = primary(env.DB, newMeter());

/** Orders with a clock of their own and what they reported. */
export const newOrders = ({
  at = () => Date.now(),
  sandbox = false,
  withGateways = true,
  among = gateways,
} = {}) => {
  const reports: string[] = [];
  const orders = new Orders({
    db,
    outbox: new Outbox(db, () => undefined),
    clock: at,
    gatewayOf: (method) => (withGateways ? among.get(method) : undefined),
    sandbox,
    report: (event) => reports.push(event),
  });
  return { orders, reports };
};

/** What a fake answers to a test. */
export const control = async <T = Record<string, unknown>>(
  method: PaymentMethod,
  path: string,
  body: object = {},
): Promise<T> => {
  const { origin } = fakes[method.toLowerCase() as keyof Fakes];
  const response = await fetch(origin + path, { method: "POST", body: JSON.stringify(body) });
  const text = await response.text();
  if (!response.ok) throw new Error(`the fake says ${response.status}: ${text}`);
  return JSON.parse(text) as T;
};

/** Whether the fake answers as it should. */
export const setMode = (method: PaymentMethod, mode: "up" | "down" | "unsigned" | "garbage") =>
  method === "STRIPE"
    ? control(method, "/__down", { down: mode === "down" })
    : control(method, "/__mode", { mode });

export interface Callback {
  readonly body: string;
  readonly headers?: Record<string, string>;
}

/** Somebody goes where the payment leads and pays; gives what the gateway then sends. */
export const payAt = async (order: Order, more: object = {}): Promise<Callback> => {
  if (order.method === "ALIPAY" && order.payment) {
    const { url } = JSON.parse(order.payment) as { url: string };
    await control("ALIPAY", "/__open", { url });
  }
  return control<{ body: string; headers?: Record<string, string> }>(order.method, "/__pay", {
    order: order.id,
    ...more,
  });
};

export const URLS = {
  returnUrl: "https://ensemble.example/payments/return",
  notifyUrl: "https://ensemble.example/payments/notify",
};

let users = 1_000_000;
/** A user id no other test uses. Orders ask nothing of the account but its number. */
export const newUserId = (): number => ++users + Math.floor(Math.random() * 1_000_000_000);
