import { Hono } from "hono";
import type { CallbackOutcome, PaymentMethod } from "../core/payments/index.ts";
import { KIB, limitBody } from "../http/body.ts";
import { type AppContext, type AppEnv, failUnrouted } from "../http/context.ts";
import { sendPage } from "../http/html.ts";
import { log } from "../platform/logger.ts";
import { negotiateLanguage } from "../ui/i18n.ts";
import { PaymentReturnPage } from "./payment-return-page.tsx";

const LIMIT = limitBody(256 * KIB);

type Outcome = "done" | "forged" | "unavailable" | "mismatch";

/**
 * Verifies a gateway's callback and settles its order. An outage throws, and the gateway sends the callback again.
 */
const processNotification = async (c: AppContext, method: PaymentMethod): Promise<Outcome> => {
  const services = c.get("services");
  const gateway = services.gateways.get(method);
  if (!gateway) return "unavailable";
  const outcome: CallbackOutcome = await gateway.readCallback(c.req.raw.headers, await c.req.text());
  if (outcome.kind === "forged") {
    log("warn", "payment.forged", { id: c.get("requestId"), method, detail: outcome.detail });
    return "forged";
  }
  return (await services.orders.settle(method, outcome)) === "mismatch" ? "mismatch" : "done";
};

const STATUS = { done: 200, forged: 400, mismatch: 400, unavailable: 503 } as const;

/** Routes for the callbacks of payment gateways, and the page to which gateways send the browser back. */
export const paymentRoutes = (): Hono<AppEnv> => {
  const routes = new Hono<AppEnv>();

  routes.post("/payments/stripe/webhook", LIMIT, async (c) => {
    const outcome = await processNotification(c, "STRIPE");
    return c.json({ received: outcome === "done" }, STATUS[outcome]);
  });

  // Alipay only reads the word in the body: anything but `success` makes it send the callback again.
  routes.post("/payments/alipay/notify", LIMIT, async (c) => {
    const outcome = await processNotification(c, "ALIPAY");
    return c.text(outcome === "done" ? "success" : "failure", STATUS[outcome]);
  });

  routes.post("/payments/wechat/notify", LIMIT, async (c) => {
    const outcome = await processNotification(c, "WECHAT");
    if (outcome === "done") return c.body(null, 204);
    return c.json({ code: "FAIL", message: outcome }, STATUS[outcome]);
  });

  routes.get("/payments/return", (c) => {
    c.header("Cache-Control", "no-store");
    return sendPage(
      c,
      <PaymentReturnPage language={negotiateLanguage(c.req.header("accept-language"), "zh-CN")} />,
    );
  });

  routes.all("/payments/*", failUnrouted);
  return routes;
};
