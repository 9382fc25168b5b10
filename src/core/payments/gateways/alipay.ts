import { z } from "zod";
import type { Clock } from "../../../lib/clock.ts";
import { callGateway, parseJson } from "./call.ts";
import { SignatureVerifier, Signer } from "./rsa.ts";
import {
  type CallbackOutcome,
  describeGoods,
  GatewayError,
  type Order,
  type PaymentEvent,
  type PaymentGateway,
  type PaymentState,
} from "./spec.ts";

export interface AlipayConfig {
  readonly appId: string;
  /** Our private key, which signs requests. */
  readonly privateKey: string;
  /** Alipay's public key, which verifies answers and notifications. */
  readonly publicKey: string;
  /** Defaults to Alipay's production address. */
  readonly gatewayUrl?: string | undefined;
}

const GATEWAY = "https://openapi.alipay.com/gateway.do";
const CHINA_OFFSET_MS = 8 * 3_600_000;
const PAID = new Set(["TRADE_SUCCESS", "TRADE_FINISHED"]);
const SUCCESS_CODE = "10000";
const NO_SUCH_TRADE = "ACQ.TRADE_NOT_EXIST";

type Parameters = Record<string, string>;

/** Formats a time as `yyyy-MM-dd HH:mm:ss` in UTC+8, the time zone of Alipay's API. */
const chinaTime = (ms: number): string =>
  new Date(ms + CHINA_OFFSET_MS).toISOString().slice(0, 19).replace("T", " ");

const yuan = (fen: number): string => (fen / 100).toFixed(2);

/** Builds the text to sign: all parameters with a value, sorted by name. */
const signedText = (parameters: Parameters): string =>
  Object.entries(parameters)
    .filter(([, value]) => value !== "")
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, value]) => `${name}=${value}`)
    .join("&");

/** Returns the object under a key of a JSON text exactly as it was received, because Alipay signs that text. */
const rawJsonValue = (json: string, key: string): string | undefined => {
  const start = json.indexOf(`"${key}":`);
  if (start < 0) return undefined;
  const from = json.indexOf("{", start);
  let depth = 0;
  let inText = false;
  for (let i = from; i >= 0 && i < json.length; i++) {
    const character = json[i];
    if (inText) {
      if (character === "\\") i++;
      else if (character === '"') inText = false;
    } else if (character === '"') inText = true;
    else if (character === "{") depth++;
    else if (character === "}" && --depth === 0) return json.slice(from, i + 1);
  }
  return undefined;
};

const tradeSchema = z.object({
  code: z.string(),
  msg: z.string().optional(),
  sub_code: z.string().optional(),
  out_trade_no: z.string().optional(),
  trade_no: z.string().optional(),
  trade_status: z.string().optional(),
  total_amount: z.string().optional(),
});

const AMOUNT = /^\d{1,9}(\.\d{1,2})?$/;
const fenOf = (amount: string | undefined): number =>
  amount !== undefined && AMOUNT.test(amount) ? Math.round(Number(amount) * 100) : Number.NaN;

interface Trade {
  readonly out_trade_no?: string | undefined;
  readonly trade_no?: string | undefined;
  readonly trade_status?: string | undefined;
  readonly total_amount?: string | undefined;
}

const eventOf = ({
  out_trade_no: orderId,
  trade_no: transaction,
  trade_status: status,
  total_amount,
}: Trade): PaymentEvent => {
  if (!orderId) return { kind: "ignored" };
  if (status === "TRADE_CLOSED") return { kind: "failed", orderId };
  if (!transaction || !status || !PAID.has(status)) return { kind: "ignored" };
  return { kind: "paid", orderId, transaction, amountMinor: fenOf(total_amount), currency: "CNY" };
};

/** Alipay page pay: the buyer pays on a page of Alipay. */
export class AlipayGateway implements PaymentGateway {
  readonly method = "ALIPAY";
  private readonly signer: Signer;
  private readonly verifier: SignatureVerifier;

  constructor(
    private readonly config: AlipayConfig,
    private readonly clock: Clock,
  ) {
    this.signer = new Signer(config.privateKey);
    this.verifier = new SignatureVerifier(config.publicKey);
  }

  async start(order: Order, urls: { readonly returnUrl: string; readonly notifyUrl: string }) {
    const content = {
      out_trade_no: order.id,
      product_code: "FAST_INSTANT_TRADE_PAY",
      total_amount: yuan(order.amountMinor),
      subject: describeGoods(order),
      time_expire: chinaTime(order.expiresAt),
    };
    const addresses = { notify_url: urls.notifyUrl, return_url: urls.returnUrl };
    const query = await this.signed("alipay.trade.page.pay", content, addresses);
    return { payment: { type: "redirect" as const, url: `${this.gatewayUrl}?${query}` } };
  }

  async readCallback(_: Headers, body: string): Promise<CallbackOutcome> {
    const given = Object.fromEntries(new URLSearchParams(body));
    const { sign = "", sign_type: type, ...signed } = given;
    if (type !== "RSA2" || !(await this.verifier.verify(signedText(signed), sign)))
      return { kind: "forged", detail: "the signature is not Alipay's" };
    if (given.app_id !== this.config.appId) return { kind: "forged", detail: "it is for another app" };
    return eventOf(given);
  }

  async query(order: Order): Promise<PaymentState> {
    const trade = await this.ask("alipay.trade.query", { out_trade_no: order.id });
    if (trade.sub_code === NO_SUCH_TRADE) return { kind: "unpaid" };
    this.mustSucceed(trade);
    if (trade.out_trade_no !== order.id) throw new GatewayError("the answer is about another order");
    return trade.trade_status === "WAIT_BUYER_PAY" ? { kind: "unpaid" } : eventOf(trade);
  }

  async close(order: Order): Promise<void> {
    const trade = await this.ask("alipay.trade.close", { out_trade_no: order.id });
    // The trade exists only after the buyer has opened the page; before that there is nothing to close.
    if (trade.sub_code !== NO_SUCH_TRADE) this.mustSucceed(trade);
  }

  async refund(order: Order): Promise<void> {
    const content = {
      out_trade_no: order.id,
      refund_amount: yuan(order.amountMinor),
      // Alipay treats a request with the same number as the same refund.
      out_request_no: `${order.id}-refund`,
    };
    this.mustSucceed(await this.ask("alipay.trade.refund", content));
  }

  private get gatewayUrl(): string {
    return this.config.gatewayUrl ?? GATEWAY;
  }

  private mustSucceed({ code, msg, sub_code }: z.output<typeof tradeSchema>): void {
    if (code !== SUCCESS_CODE) throw new GatewayError(`Alipay says ${code} ${sub_code ?? ""} ${msg ?? ""}`);
  }

  private async signed(method: string, content: object, more: Parameters = {}): Promise<URLSearchParams> {
    const parameters: Parameters = {
      app_id: this.config.appId,
      method,
      format: "JSON",
      charset: "utf-8",
      sign_type: "RSA2",
      timestamp: chinaTime(this.clock()),
      version: "1.0",
      biz_content: JSON.stringify(content),
      ...more,
    };
    return new URLSearchParams({ ...parameters, sign: await this.signer.sign(signedText(parameters)) });
  }

  private async ask(method: string, content: object): Promise<z.output<typeof tradeSchema>> {
    const { status, body } = await callGateway(this.gatewayUrl, {
      method: "POST",
      headers: { "content-type": "application/x-www-form-urlencoded;charset=utf-8" },
      body: (await this.signed(method, content)).toString(),
    });
    const node = rawJsonValue(body, `${method.replaceAll(".", "_")}_response`);
    if (status !== 200 || node === undefined) throw new GatewayError(`Alipay answered ${status}`);
    const signature = /"sign"\s*:\s*"([^"]+)"/.exec(body)?.[1] ?? "";
    if (!(await this.verifier.verify(node, signature.replaceAll("\\/", "/"))))
      throw new GatewayError("the answer is not signed by Alipay");
    const trade = tradeSchema.safeParse(parseJson(node));
    if (!trade.success) throw new GatewayError("Alipay's answer is not as documented");
    return trade.data;
  }
}
