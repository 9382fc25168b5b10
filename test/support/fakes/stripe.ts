/** A fake of Stripe's API, limited to what Checkout needs. The paths `/__…` are for tests. */
import { createHmac, randomUUID } from "node:crypto";
import { type FakeAnswer, serveFake } from "./http.ts";

interface Session {
  id: string;
  object: "checkout.session";
  url: string;
  status: "open" | "complete" | "expired";
  payment_status: "unpaid" | "paid";
  payment_intent: string | null;
  amount_total: number;
  currency: string;
  client_reference_id: string;
}

const SECRET_KEY = "sk_test_4eC39HqLyjWDarjtT1zdp7dc";
const WEBHOOK_SECRET = "whsec_test_0123456789abcdef";

const failure = (status: number, message: string, code?: string): FakeAnswer => ({
  status,
  body: { error: { type: "invalid_request_error", message, code } },
});

export const startStripe = async () => {
  const sessions = new Map<string, Session>();
  const byKey = new Map<string, { body: string; session: Session }>();
  const refunds: Record<string, string>[] = [];
  let down = false;

  const signed = (event: object, secondsAgo = 0) => {
    const body = JSON.stringify(event);
    const at = Math.floor(Date.now() / 1_000) - secondsAgo;
    const v1 = createHmac("sha256", WEBHOOK_SECRET).update(`${at}.${body}`).digest("hex");
    return { body, headers: { "stripe-signature": `t=${at},v1=${v1}` } };
  };

  const create = (text: string, key: string): FakeAnswer => {
    const form = new URLSearchParams(text);
    const before = byKey.get(key);
    if (before) {
      return before.body === text
        ? { body: before.session }
        : failure(400, "keys can only be used with the same parameters");
    }
    const field = (name: string): string => {
      const value = form.get(name);
      if (value === null) throw new Error(`missing ${name}`);
      return value;
    };
    if (field("mode") !== "payment") return failure(400, "mode");
    if (Number(field("expires_at")) * 1_000 < Date.now() + 30 * 60_000)
      return failure(400, "expires_at is too soon");
    const id = `cs_test_${randomUUID()}`;
    const session: Session = {
      id,
      object: "checkout.session",
      url: `https://checkout.stripe.com/c/pay/${id}`,
      status: "open",
      payment_status: "unpaid",
      payment_intent: null,
      amount_total:
        Number(field("line_items[0][price_data][unit_amount]")) * Number(field("line_items[0][quantity]")),
      currency: field("line_items[0][price_data][currency]"),
      client_reference_id: field("client_reference_id"),
    };
    field("success_url");
    field("line_items[0][price_data][product_data][name]");
    sessions.set(id, session);
    byKey.set(key, { body: text, session });
    return { body: session };
  };

  const control = (path: string, body: string): FakeAnswer => {
    const asked = JSON.parse(body || "{}");
    if (path === "/__down") {
      down = asked.down;
      return { body: { down } };
    }
    if (path === "/__forget") {
      // After a day, Stripe forgets idempotency keys but not refunds.
      for (const refund of refunds) refund.key = "";
      return { body: {} };
    }
    if (path === "/__refunds") return { body: refunds };
    if (path === "/__sign") return { body: signed(asked.event, asked.secondsAgo) };
    if (path === "/__session")
      return { body: [...sessions.values()].find((s) => s.client_reference_id === asked.order) ?? {} };
    // The user pays: the session is complete, and the answer is the notification that Stripe then sends.
    const session = [...sessions.values()].find((s) => s.client_reference_id === asked.order);
    if (path !== "/__pay" || !session) return failure(404, path);
    Object.assign(session, {
      status: "complete",
      payment_status: "paid",
      payment_intent: `pi_${randomUUID()}`,
    });
    return {
      body: signed({
        id: `evt_${randomUUID()}`,
        object: "event",
        type: "checkout.session.completed",
        data: { object: session },
      }),
    };
  };

  const fake = await serveFake(({ method, url, headers, body }) => {
    const { pathname } = url;
    if (pathname.startsWith("/__")) return control(pathname, body);
    if (down) return failure(500, "down for maintenance");
    if (headers.authorization !== `Bearer ${SECRET_KEY}`) return failure(401, "Invalid API Key provided");
    const key = String(headers["idempotency-key"] ?? "");
    if (method === "POST" && pathname === "/v1/checkout/sessions")
      return key ? create(body, key) : failure(400, "no idempotency key");
    const [, id = "", action] = /^\/v1\/checkout\/sessions\/([^/]+)(\/expire)?$/.exec(pathname) ?? [];
    const session = sessions.get(id);
    if (session && method === "GET") return { body: session };
    if (session && method === "POST" && action) {
      if (session.status !== "open") return failure(400, "the session is not open");
      session.status = "expired";
      return { body: session };
    }
    if (method === "POST" && pathname === "/v1/refunds") {
      const form = Object.fromEntries(new URLSearchParams(body));
      if (!refunds.some((refund) => refund.key === key)) {
        if (refunds.some((refund) => refund.payment_intent === form.payment_intent))
          return failure(400, "Charge has already been refunded.", "charge_already_refunded");
        refunds.push({ ...form, key });
      }
      return { body: { id: "re_1", object: "refund", status: "succeeded" } };
    }
    return failure(404, `Unrecognized request URL (${method}: ${pathname})`);
  });
  const vars = {
    STRIPE_API_URL: fake.origin,
    STRIPE_SECRET_KEY: SECRET_KEY,
    STRIPE_WEBHOOK_SECRET: WEBHOOK_SECRET,
  };
  return { ...fake, vars };
};
