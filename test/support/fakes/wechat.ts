/** A fake of WeChat Pay v3, limited to what Native payments need. The paths `/__…` are for tests. */
import { createCipheriv, createSign, createVerify, generateKeyPairSync, randomBytes } from "node:crypto";
import { type FakeAnswer, type FakeRequest, serveFake } from "./http.ts";

const MERCHANT = "1900000001";
const APP_ID = "wxd678efh567hg6787";
const SERIAL = "444F4864EA9B34415A62B1AE8B9B0A1E";
const PLATFORM_SERIAL = "PUB_KEY_ID_0119000000012026112100000000000000";
const API_V3_KEY = "0123456789abcdef0123456789ABCDEF";
const AUTHORIZATION =
  /^WECHATPAY2-SHA256-RSA2048 mchid="(\d+)",nonce_str="([^"]+)",signature="([^"]+)",timestamp="(\d+)",serial_no="([^"]+)"$/;

interface Transaction {
  appid: string;
  mchid: string;
  out_trade_no: string;
  transaction_id?: string;
  trade_state: "NOTPAY" | "SUCCESS" | "CLOSED";
  amount: { total: number; currency: string };
}

export const startWechat = async () => {
  const merchant = generateKeyPairSync("rsa", { modulusLength: 2_048 });
  const platform = generateKeyPairSync("rsa", { modulusLength: 2_048 });
  const transactions = new Map<string, Transaction>();
  const refunds: Record<string, unknown>[] = [];
  let mode: "up" | "down" | "unsigned" = "up";

  const signedHeaders = (body: string, secondsAgo = 0): Record<string, string> => {
    const timestamp = String(Math.floor(Date.now() / 1_000) - secondsAgo);
    const nonce = randomBytes(16).toString("hex");
    const text = mode === "unsigned" ? "something else" : `${timestamp}\n${nonce}\n${body}\n`;
    return {
      "wechatpay-timestamp": timestamp,
      "wechatpay-nonce": nonce,
      "wechatpay-serial": PLATFORM_SERIAL,
      "wechatpay-signature": createSign("RSA-SHA256").update(text).sign(platform.privateKey, "base64"),
    };
  };

  const answer = (status: number, content?: object): FakeAnswer => {
    const body = content === undefined ? "" : JSON.stringify(content);
    return { status, body, headers: { "content-type": "application/json", ...signedHeaders(body) } };
  };

  /** Throws on requests that WeChat Pay would refuse, so that the test fails. */
  const verify = ({ method, url, headers, body }: FakeRequest): void => {
    const [, mchid, nonce, signature = "", timestamp, serial] =
      AUTHORIZATION.exec(headers.authorization ?? "") ?? [];
    if (mchid !== MERCHANT || serial !== SERIAL) throw new Error("SIGN_ERROR: merchant");
    if (Math.abs(Date.now() / 1_000 - Number(timestamp)) > 300) throw new Error("SIGN_ERROR: timestamp");
    const text = `${method}\n${url.pathname}${url.search}\n${timestamp}\n${nonce}\n${body}\n`;
    if (!createVerify("RSA-SHA256").update(text).verify(merchant.publicKey, signature, "base64"))
      throw new Error("SIGN_ERROR: signature");
    if (headers.accept !== "application/json" || !headers["user-agent"])
      throw new Error("PARAM_ERROR: headers");
  };

  const notification = (transaction: object, { key = API_V3_KEY, secondsAgo = 0 } = {}) => {
    const nonce = randomBytes(6).toString("hex");
    const cipher = createCipheriv("aes-256-gcm", key, nonce);
    cipher.setAAD(Buffer.from("transaction"));
    const ciphertext = Buffer.concat([
      cipher.update(JSON.stringify(transaction)),
      cipher.final(),
      cipher.getAuthTag(),
    ]);
    const body = JSON.stringify({
      id: randomBytes(16).toString("hex"),
      create_time: new Date().toISOString(),
      resource_type: "encrypt-resource",
      event_type: "TRANSACTION.SUCCESS",
      summary: "支付成功",
      resource: {
        algorithm: "AEAD_AES_256_GCM",
        original_type: "transaction",
        ciphertext: ciphertext.toString("base64"),
        associated_data: "transaction",
        nonce,
      },
    });
    return { body, headers: signedHeaders(body, secondsAgo) };
  };

  const control = (path: string, body: string): FakeAnswer => {
    const asked = JSON.parse(body || "{}");
    if (path === "/__mode") {
      mode = asked.mode;
      return { body: { mode } };
    }
    if (path === "/__refunds") return { body: refunds };
    const transaction = transactions.get(String(asked.order).replaceAll("-", ""));
    if (!transaction) return { status: 404 };
    if (path === "/__transaction") return { body: transaction };
    Object.assign(transaction, {
      trade_state: "SUCCESS",
      transaction_id: `42000${transaction.out_trade_no.slice(0, 20)}`,
    });
    return { body: notification({ ...transaction, ...asked.with }, asked) };
  };

  const fake = await serveFake((request) => {
    const { method, url, body } = request;
    if (url.pathname.startsWith("/__")) return control(url.pathname, body);
    if (mode === "down") return { status: 500, body: { code: "SYSTEM_ERROR" } };
    verify(request);
    const content = JSON.parse(body || "{}");
    if (method === "POST" && url.pathname === "/v3/pay/transactions/native") {
      if (content.mchid !== MERCHANT || content.appid !== APP_ID) throw new Error("PARAM_ERROR: ids");
      if (!/^[0-9a-zA-Z_\-|*]{6,32}$/.test(content.out_trade_no))
        throw new Error("PARAM_ERROR: out_trade_no");
      if (!/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[+-]\d\d:\d\d$/.test(content.time_expire))
        throw new Error("PARAM_ERROR: time_expire");
      if (!content.notify_url || !content.description || !Number.isInteger(content.amount?.total))
        throw new Error("PARAM_ERROR: fields");
      const { appid, mchid, out_trade_no, amount } = content;
      transactions.set(out_trade_no, { appid, mchid, out_trade_no, amount, trade_state: "NOTPAY" });
      return answer(200, { code_url: `weixin://wxpay/bizpayurl?pr=${out_trade_no.slice(0, 8)}` });
    }
    if (method === "POST" && url.pathname === "/v3/refund/domestic/refunds") {
      if (!refunds.some(({ out_refund_no }) => out_refund_no === content.out_refund_no))
        refunds.push(content);
      return answer(200, { status: "PROCESSING", refund_id: "1" });
    }
    const [, number = "", close] =
      /^\/v3\/pay\/transactions\/out-trade-no\/([^/]+)(\/close)?$/.exec(url.pathname) ?? [];
    const transaction = transactions.get(number);
    if (!transaction) return answer(404, { code: "ORDER_NOT_EXIST" });
    if (method === "GET" && url.searchParams.get("mchid") === MERCHANT) return answer(200, transaction);
    if (method === "POST" && close && content.mchid === MERCHANT) {
      transaction.trade_state = "CLOSED";
      return answer(204);
    }
    throw new Error(`unknown ${method} ${url.pathname}`);
  });
  const vars = {
    WECHAT_API_URL: fake.origin,
    WECHAT_MCH_ID: MERCHANT,
    WECHAT_APP_ID: APP_ID,
    WECHAT_SERIAL_NO: SERIAL,
    WECHAT_PRIVATE_KEY: merchant.privateKey.export({ type: "pkcs8", format: "pem" }).toString(),
    WECHAT_API_V3_KEY: API_V3_KEY,
    WECHAT_PLATFORM_SERIAL: PLATFORM_SERIAL,
    WECHAT_PLATFORM_PUBLIC_KEY: platform.publicKey.export({ type: "spki", format: "pem" }).toString(),
  };
  return { ...fake, vars };
};
