/** A fake of Alipay's gateway, limited to what page payments need. The paths `/__…` are for tests. */
import { createSign, createVerify, generateKeyPairSync, randomUUID } from "node:crypto";
import { type FakeAnswer, serveFake } from "./http.ts";

const APP_ID = "2021000000000001";

interface Trade {
  trade_no: string;
  out_trade_no: string;
  total_amount: string;
  trade_status: "WAIT_BUYER_PAY" | "TRADE_SUCCESS" | "TRADE_CLOSED";
}

type Parameters = Record<string, string>;

const signedText = (parameters: Parameters): string =>
  Object.keys(parameters)
    .filter((name) => parameters[name] !== "")
    .sort()
    .map((name) => `${name}=${parameters[name]}`)
    .join("&");

export const startAlipay = async () => {
  const merchant = generateKeyPairSync("rsa", { modulusLength: 2_048 });
  const alipay = generateKeyPairSync("rsa", { modulusLength: 2_048 });
  const trades = new Map<string, Trade>();
  const refunds: Parameters[] = [];
  let mode: "up" | "down" | "unsigned" | "garbage" = "up";

  const sign = (text: string) => createSign("RSA-SHA256").update(text).sign(alipay.privateKey, "base64");

  /** Throws on parameters that Alipay would refuse, so that the test fails. */
  const verified = (parameters: Parameters): Parameters => {
    const { sign: signature = "", ...rest } = parameters;
    const genuine = createVerify("RSA-SHA256")
      .update(signedText(rest))
      .verify(merchant.publicKey, signature, "base64");
    if (!genuine) throw new Error("isv.invalid-signature");
    for (const [name, value] of Object.entries({
      app_id: APP_ID,
      format: "JSON",
      charset: "utf-8",
      sign_type: "RSA2",
      version: "1.0",
    }))
      if (rest[name] !== value) throw new Error(`isv.invalid-${name}`);
    if (!/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$/.test(rest.timestamp ?? ""))
      throw new Error("isv.invalid-timestamp");
    return rest;
  };

  const answer = (method: string, node: object): FakeAnswer => {
    // As at Alipay, the signature covers the node exactly as it is written, including spaces.
    const text = mode === "garbage" ? "{nonsense}" : JSON.stringify(node).replaceAll(":", ": ");
    const signature = mode === "unsigned" ? sign("something else") : sign(text);
    return { body: Buffer.from(`{"${method.replaceAll(".", "_")}_response":${text},"sign":"${signature}"}`) };
  };

  const notification = (trade: Trade, more: Parameters = {}): string => {
    const parameters: Parameters = {
      ...trade,
      app_id: APP_ID,
      notify_id: randomUUID(),
      notify_type: "trade_status_sync",
      charset: "utf-8",
      version: "1.0",
      subject: "100 credits & more=yes",
      gmt_payment: "2026-11-21 10:00:00",
      ...more,
    };
    return new URLSearchParams({
      ...parameters,
      sign_type: "RSA2",
      sign: sign(signedText(parameters)),
    }).toString();
  };

  const control = (path: string, body: string): FakeAnswer => {
    const asked = JSON.parse(body || "{}");
    if (path === "/__mode") {
      mode = asked.mode;
      return { body: { mode } };
    }
    if (path === "/__refunds") return { body: refunds };
    if (path === "/__close") {
      // The payment deadline that the order named has passed.
      const trade = trades.get(asked.order);
      if (trade) trade.trade_status = "TRADE_CLOSED";
      return { body: trade ?? {} };
    }
    if (path === "/__trade") return { body: trades.get(asked.order) ?? {} };
    if (path === "/__open") {
      // A browser opens the payment URL that our Worker created.
      const url = new URL(asked.url);
      const parameters = verified(Object.fromEntries(url.searchParams));
      if (parameters.method !== "alipay.trade.page.pay") throw new Error("isv.invalid-method");
      const content = JSON.parse(parameters.biz_content ?? "{}");
      if (content.product_code !== "FAST_INSTANT_TRADE_PAY") throw new Error("isv.invalid-product");
      trades.set(content.out_trade_no, {
        trade_no: `2026112122001${trades.size}`,
        out_trade_no: content.out_trade_no,
        total_amount: content.total_amount,
        trade_status: "WAIT_BUYER_PAY",
      });
      return { body: { ...content, notify_url: parameters.notify_url, return_url: parameters.return_url } };
    }
    const trade = trades.get(asked.order);
    if (path !== "/__pay" || !trade) return { status: 404 };
    trade.trade_status = "TRADE_SUCCESS";
    return { body: { body: notification(trade, asked.with) } };
  };

  const fake = await serveFake(({ method, url, body }) => {
    if (url.pathname.startsWith("/__")) return control(url.pathname, body);
    if (method !== "POST" || url.pathname !== "/gateway.do") return { status: 404 };
    if (mode === "down") return { status: 502 };
    const parameters = verified(Object.fromEntries(new URLSearchParams(body)));
    const content = JSON.parse(parameters.biz_content ?? "{}");
    const trade = trades.get(content.out_trade_no);
    const called = parameters.method ?? "";
    if (!trade)
      return answer(called, { code: "40004", msg: "Business Failed", sub_code: "ACQ.TRADE_NOT_EXIST" });
    const success = { code: "10000", msg: "Success", ...trade };
    if (called === "alipay.trade.query") return answer(called, success);
    if (called === "alipay.trade.close") {
      trade.trade_status = "TRADE_CLOSED";
      return answer(called, success);
    }
    if (called === "alipay.trade.refund") {
      if (!refunds.some(({ out_request_no }) => out_request_no === content.out_request_no))
        refunds.push(content);
      return answer(called, { ...success, fund_change: "Y" });
    }
    throw new Error(`isv.invalid-method ${called}`);
  });
  const vars = {
    ALIPAY_GATEWAY_URL: `${fake.origin}/gateway.do`,
    ALIPAY_APP_ID: APP_ID,
    // The format of Alipay's key tool: base64 without the PEM lines.
    ALIPAY_PRIVATE_KEY: merchant.privateKey.export({ type: "pkcs8", format: "der" }).toString("base64"),
    ALIPAY_PUBLIC_KEY: alipay.publicKey.export({ type: "spki", format: "der" }).toString("base64"),
  };
  return { ...fake, vars };
};
