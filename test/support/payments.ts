import { env } from "cloudflare:workers";
import { gatewaysOf } from "../../src/container/payments.ts";
import type { Order, PaymentMethod } from "../../src/core/payments/index.ts";
import { Orders } from "../../src/core/payments/index.ts";
import { Outbox } from "../../src/core/webhooks/index.ts";
import { primary } from "../../src/platform/db/client.ts";
import { newMeter } from "../../src/platform/meter.ts";
import { settingsOf } from "../../src/platform/settings.ts";
import type { Fakes } from "./fakes/index.ts";

export const fakes = JSON.parse(env.FAKES) as Fakes;

/** The Worker's environment with the credentials of all three fake gateways. */
export const envWithGateways = {
  ...env,
  ...fakes.stripe.vars,
  ...fakes.alipay.vars,
  ...fakes.wechat.vars,
  PAYMENTS_SANDBOX: "false",
} as typeof env;

export const gateways = gatewaysOf(settingsOf(envWithGateways));
export const db = primary(env.DB, newMeter());

/** Returns `Orders` with an injected clock, and the events they reported. */
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

/** Calls a control endpoint of a fake gateway. */
export const controlFake = async <T = Record<string, unknown>>(
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

/** Sets whether the fake gateway works, is down, or answers without a valid signature or with garbage. */
export const setMode = (method: PaymentMethod, mode: "up" | "down" | "unsigned" | "garbage") =>
  method === "STRIPE"
    ? controlFake(method, "/__down", { down: mode === "down" })
    : controlFake(method, "/__mode", { mode });

export interface Callback {
  readonly body: string;
  readonly headers?: Record<string, string>;
}

/** Pays at the gateway as a user does and returns the notification that the gateway then sends. */
export const payAtGateway = async (order: Order, more: object = {}): Promise<Callback> => {
  if (order.method === "ALIPAY" && order.payment) {
    const { url } = JSON.parse(order.payment) as { url: string };
    await controlFake("ALIPAY", "/__open", { url });
  }
  return controlFake<{ body: string; headers?: Record<string, string> }>(order.method, "/__pay", {
    order: order.id,
    ...more,
  });
};

export const URLS = {
  returnUrl: "https://ensemble.example/payments/return",
  notifyUrl: "https://ensemble.example/payments/notify",
};

let users = 1_000_000;
/** Returns a user id that no other test uses. Orders need nothing of the account but its number. */
export const newUserId = (): number => ++users + Math.floor(Math.random() * 1_000_000_000);
