import { z } from "zod";
import type { Clock } from "../../../lib/clock.ts";
import { equalSecrets } from "../../../lib/secrets.ts";
import { callGateway, type GatewayAnswer, parseJson } from "./call.ts";
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

export interface WechatConfig {
  readonly merchantId: string;
  readonly appId: string;
  /** The serial number of our certificate. */
  readonly serialNumber: string;
  /** Our private key, which signs requests. */
  readonly privateKey: string;
  /** The AES-256-GCM key that decrypts notifications, 32 bytes. */
  readonly apiV3Key: string;
  /** The id of WeChat Pay's public key, or the serial number of its certificate. */
  readonly platformSerial: string;
  readonly platformPublicKey: string;
  /** Defaults to WeChat Pay's production address. */
  readonly apiUrl?: string | undefined;
}

const API = "https://api.mch.weixin.qq.com";
const SCHEMA = "WECHATPAY2-SHA256-RSA2048";
/**
 * The largest accepted difference between the timestamp of a signed message and our clock. Older messages are treated
 * as replays.
 */
const MAX_AGE_SECONDS = 300;
const NONCE_BYTES = 16;

const notificationSchema = z.object({
  event_type: z.string(),
  resource: z.object({
    algorithm: z.literal("AEAD_AES_256_GCM"),
    ciphertext: z.string(),
    nonce: z.string(),
    associated_data: z.string().default(""),
  }),
});

const transactionSchema = z.object({
  appid: z.string().optional(),
  mchid: z.string(),
  out_trade_no: z.string(),
  transaction_id: z.string().optional(),
  trade_state: z.string(),
  amount: z.object({ total: z.int(), currency: z.string().default("CNY") }).optional(),
});

type Transaction = z.output<typeof transactionSchema>;

/** Returns the order number for WeChat Pay: the order's UUID without dashes, because the limit is 32 characters. */
const tradeNumberOf = (orderId: string): string => orderId.replaceAll("-", "");

const orderIdOf = (tradeNumber: string): string =>
  tradeNumber.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");

const eventOf = ({ out_trade_no, transaction_id, trade_state, amount }: Transaction): PaymentEvent => {
  const orderId = orderIdOf(out_trade_no);
  if (trade_state === "CLOSED" || trade_state === "REVOKED" || trade_state === "PAYERROR")
    return { kind: "failed", orderId };
  if (trade_state !== "SUCCESS" || !transaction_id || !amount) return { kind: "ignored" };
  return {
    kind: "paid",
    orderId,
    transaction: transaction_id,
    amountMinor: amount.total,
    currency: amount.currency,
  };
};

/** WeChat Pay v3, Native mode: the client shows a QR code that the buyer scans. */
export class WechatGateway implements PaymentGateway {
  readonly method = "WECHAT";
  private readonly signer: Signer;
  private readonly verifier: SignatureVerifier;

  constructor(
    private readonly config: WechatConfig,
    private readonly clock: Clock,
  ) {
    this.signer = new Signer(config.privateKey);
    this.verifier = new SignatureVerifier(config.platformPublicKey);
  }

  async start(order: Order, { notifyUrl }: { readonly notifyUrl: string }) {
    const { body } = await this.ask("POST", "/v3/pay/transactions/native", {
      appid: this.config.appId,
      mchid: this.config.merchantId,
      description: describeGoods(order),
      out_trade_no: tradeNumberOf(order.id),
      time_expire: new Date(order.expiresAt).toISOString().replace(/\.\d+Z$/, "+00:00"),
      notify_url: notifyUrl,
      amount: { total: order.amountMinor, currency: order.currency },
    });
    const parsed = z.object({ code_url: z.string().startsWith("weixin://") }).safeParse(parseJson(body));
    if (!parsed.success) throw new GatewayError("the answer has no code_url");
    return { payment: { type: "qr" as const, codeUrl: parsed.data.code_url } };
  }

  async readCallback(headers: Headers, body: string): Promise<CallbackOutcome> {
    const genuine = await this.verify(headers, body);
    if (!genuine.ok) return { kind: "forged", detail: genuine.detail };
    const notification = notificationSchema.safeParse(parseJson(body));
    if (!notification.success) return { kind: "ignored" };
    const { resource, event_type } = notification.data;
    if (!event_type.startsWith("TRANSACTION.")) return { kind: "ignored" };
    const opened = await this.decrypt(resource);
    if (opened === undefined) return { kind: "forged", detail: "the resource cannot be decrypted" };
    const transaction = transactionSchema.safeParse(parseJson(opened));
    if (!transaction.success) return { kind: "ignored" };
    const { mchid, appid } = transaction.data;
    if (mchid !== this.config.merchantId || (appid !== undefined && appid !== this.config.appId))
      return { kind: "forged", detail: "it is for another merchant" };
    return eventOf(transaction.data);
  }

  async query(order: Order): Promise<PaymentState> {
    const path = `/v3/pay/transactions/out-trade-no/${tradeNumberOf(order.id)}?mchid=${this.config.merchantId}`;
    const answer = await this.ask("GET", path, undefined, [404]);
    if (answer.status === 404) return { kind: "unpaid" };
    const transaction = transactionSchema.safeParse(parseJson(answer.body));
    if (!transaction.success || transaction.data.out_trade_no !== tradeNumberOf(order.id))
      throw new GatewayError("the answer is about another order");
    const { trade_state } = transaction.data;
    return trade_state === "NOTPAY" || trade_state === "USERPAYING"
      ? { kind: "unpaid" }
      : eventOf(transaction.data);
  }

  async close(order: Order): Promise<void> {
    const path = `/v3/pay/transactions/out-trade-no/${tradeNumberOf(order.id)}/close`;
    await this.ask("POST", path, { mchid: this.config.merchantId }, [404]);
  }

  async refund(order: Order): Promise<void> {
    const { body } = await this.ask("POST", "/v3/refund/domestic/refunds", {
      out_trade_no: tradeNumberOf(order.id),
      // WeChat Pay treats a request with the same number as the same refund.
      out_refund_no: tradeNumberOf(order.id),
      amount: { refund: order.amountMinor, total: order.amountMinor, currency: order.currency },
    });
    const parsed = z.object({ status: z.enum(["SUCCESS", "PROCESSING"]) }).safeParse(parseJson(body));
    if (!parsed.success) throw new GatewayError("the refund was not accepted");
  }

  /** Sends a signed request and verifies the signature of the answer. */
  private async ask(
    method: "GET" | "POST",
    path: string,
    content?: object,
    expected: readonly number[] = [],
  ): Promise<GatewayAnswer> {
    const body = content === undefined ? "" : JSON.stringify(content);
    const timestamp = Math.floor(this.clock() / 1_000);
    const nonce = Buffer.from(crypto.getRandomValues(new Uint8Array(NONCE_BYTES))).toString("hex");
    const signature = await this.signer.sign(`${method}\n${path}\n${timestamp}\n${nonce}\n${body}\n`);
    const { merchantId, serialNumber, apiUrl = API } = this.config;
    const authorization = `${SCHEMA} mchid="${merchantId}",nonce_str="${nonce}",signature="${signature}",timestamp="${timestamp}",serial_no="${serialNumber}"`;
    const answer = await callGateway(new URL(path, apiUrl).href, {
      method,
      headers: {
        authorization,
        accept: "application/json",
        "user-agent": "ensemble/1.0",
        ...(body === "" ? {} : { "content-type": "application/json" }),
      },
      ...(body === "" ? {} : { body }),
    });
    if (expected.includes(answer.status)) return answer;
    if (answer.status < 200 || answer.status > 299)
      throw new GatewayError(`WeChat Pay answered ${answer.status}`);
    const genuine = await this.verify(answer.headers, answer.body);
    if (!genuine.ok) throw new GatewayError(`the answer is not WeChat Pay's: ${genuine.detail}`);
    return answer;
  }

  private async verify(
    headers: Headers,
    body: string,
  ): Promise<{ readonly ok: true } | { readonly ok: false; readonly detail: string }> {
    const timestamp = headers.get("wechatpay-timestamp") ?? "";
    const nonce = headers.get("wechatpay-nonce") ?? "";
    const age = Math.abs(this.clock() / 1_000 - Number(timestamp));
    if (!/^\d+$/.test(timestamp) || age > MAX_AGE_SECONDS)
      return { ok: false, detail: "its timestamp is missing or off by more than 300 s" };
    if (!(await equalSecrets(headers.get("wechatpay-serial") ?? "", this.config.platformSerial)))
      return { ok: false, detail: "it is signed with an unknown key" };
    const signature = headers.get("wechatpay-signature") ?? "";
    return (await this.verifier.verify(`${timestamp}\n${nonce}\n${body}\n`, signature))
      ? { ok: true }
      : { ok: false, detail: "the signature is not WeChat Pay's" };
  }

  private async decrypt(
    resource: z.output<typeof notificationSchema>["resource"],
  ): Promise<string | undefined> {
    const encoder = new TextEncoder();
    try {
      const key = await crypto.subtle.importKey(
        "raw",
        encoder.encode(this.config.apiV3Key),
        "AES-GCM",
        false,
        ["decrypt"],
      );
      const bytes = await crypto.subtle.decrypt(
        {
          name: "AES-GCM",
          iv: encoder.encode(resource.nonce),
          additionalData: encoder.encode(resource.associated_data),
        },
        key,
        Uint8Array.from(Buffer.from(resource.ciphertext, "base64")),
      );
      return new TextDecoder().decode(bytes);
    } catch {
      return undefined;
    }
  }
}
