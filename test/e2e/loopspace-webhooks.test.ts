import { createHmac, randomUUID } from "node:crypto";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import express, { type Express } from "express";
import { Webhook } from "standardwebhooks";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { apiDocument, codeBlocks } from "../support/documents.ts";
import { startServer, type TestServer } from "../support/server.ts";

const document = apiDocument("loopspace");
/** From the guide: the configuration of a webhook, and the receiver. */
const CONFIGURATION = codeBlocks(document ?? "", "json").find((block) => block.includes('"events"'));
const RECEIVER = codeBlocks(document ?? "", "javascript").find((block) =>
  block.includes("x-loopspace-signature"),
);
const PATH = "/api/v1/developer/webhooks";

interface Account {
  readonly token: string;
  readonly id: string;
  readonly username: string;
}
interface Delivery {
  readonly status: string;
  readonly attempts: readonly { status: number; response: string }[];
}

/** Starts a receiver on a free port. */
const listening = async (app: Express): Promise<string> => {
  const server = app.listen(0, "127.0.0.1");
  server.unref();
  await once(server, "listening");
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/webhook`;
};

/**
 * Starts the guide's receiver with its code unchanged. Its secret is read at each request, to simulate a restart with
 * a new one.
 */
const guideReceiver = async () => {
  const handled: { id: string; type: string; data: object }[] = [];
  const environment = { WEBHOOK_SECRET: "" };
  const app = express();
  app.use(express.json());
  new Function("app", "crypto", "process", "handleWebhookEvent", RECEIVER ?? "")(
    app,
    { createHmac },
    { env: environment },
    (event: (typeof handled)[number]) => handled.push(event),
  );
  return { url: await listening(app), handled, environment };
};

describe.skipIf(!document)("receivers of webhooks", () => {
  let server: TestServer;

  beforeAll(async () => {
    server = await startServer({ vars: { SORA_REGISTER_LIMIT: "100", REGISTER_NETWORK_LIMIT: "100" } });
  }, 120_000);

  afterAll(async () => {
    await server?.stop();
  });

  const call = async <T>(path: string, method = "GET", body?: unknown, token?: string): Promise<T> => {
    const headers = {
      "content-type": "application/json",
      ...(token && { authorization: `Bearer ${token}` }),
    };
    const answer = await fetch(server.origin + path, {
      method,
      headers,
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${path} answered ${answer.status}: ${text}`);
    return JSON.parse(text) as T;
  };

  const newAccount = async (): Promise<Account> => {
    const username = `hook${randomUUID().slice(0, 8)}`;
    const identity = { username, email: `${username}@example.com`, password: "a password of some length" };
    const { user, accessToken } = await call<{ user: { id: string }; accessToken: string }>(
      "/api/auth/register",
      "POST",
      identity,
    );
    return { username, token: accessToken, id: `user_${user.id.replaceAll("-", "")}` };
  };

  const settled = async (token: string, webhookId: string, count: number): Promise<Delivery[]> => {
    for (const end = Date.now() + 30_000; Date.now() < end; ) {
      const { data } = await call<{ data: Delivery[] }>(
        `${PATH}/${webhookId}/deliveries`,
        "GET",
        undefined,
        token,
      );
      if (data.length === count && data.every(({ status }) => status !== "pending")) return data;
      await new Promise((resolve) => setTimeout(resolve, 300));
    }
    throw new Error("the deliveries did not settle in time");
  };

  it("are in the guide", () => {
    expect(RECEIVER).toContain("app.post");
    expect(CONFIGURATION).toContain("user.followed");
  });

  it("with the guide's code accept deliveries, configured as the guide shows", async () => {
    const { url, handled, environment } = await guideReceiver();
    const [fan, star] = [await newAccount(), await newAccount()];
    const configuration = JSON.parse(CONFIGURATION ?? "{}") as { secret: string };
    environment.WEBHOOK_SECRET = configuration.secret;
    const { id } = await call<{ id: string }>(PATH, "POST", { ...configuration, url }, star.token);
    await call(`/api/v1/users/${star.id}/follow`, "POST", undefined, fan.token);
    expect(await settled(star.token, id, 1)).toMatchObject([
      { status: "delivered", attempts: [{ status: 200, response: "" }] },
    ]);
    expect(handled).toMatchObject([
      { type: "user.followed", data: { follower: { id: fan.id, username: fan.username } } },
    ]);
  });

  it("with the guide's code refuse deliveries with another signature", async () => {
    const { url, handled, environment } = await guideReceiver();
    environment.WEBHOOK_SECRET = "of somebody else";
    const { token } = await newAccount();
    const { id } = await call<{ id: string }>(PATH, "POST", { url, events: ["order.paid"] }, token);
    await call(`${PATH}/${id}/test`, "POST", { type: "order.paid" }, token);
    const looked = () =>
      call<{ data: Delivery[] }>(`${PATH}/${id}/deliveries`, "GET", undefined, token).then(
        ({ data }) => data[0],
      );
    let delivery = await looked();
    for (const end = Date.now() + 15_000; delivery?.attempts.length === 0 && Date.now() < end; )
      delivery = await looked();
    expect(delivery).toMatchObject({
      status: "pending",
      attempts: [{ status: 401, response: "" }],
    });
    expect(handled).toEqual([]);
    await call(`${PATH}/${id}`, "PATCH", { enabled: false }, token);
  });

  it("with the guide's code lose no delivery during a rotation, with the old or the new secret", async () => {
    const { url, handled, environment } = await guideReceiver();
    const { token } = await newAccount();
    const made = await call<{ id: string; secret: string }>(
      PATH,
      "POST",
      { url, events: ["order.paid"] },
      token,
    );
    const next = await call<{ secret: string }>(`${PATH}/${made.id}/rotate-secret`, "POST", {}, token);
    const example = () => call(`${PATH}/${made.id}/test`, "POST", { type: "order.paid" }, token);
    environment.WEBHOOK_SECRET = made.secret;
    await example();
    const [before] = await settled(token, made.id, 1);
    // The first attempt is signed with the new secret, the second with the old one.
    expect(before?.attempts.map(({ status }) => status)).toEqual([401, 200]);
    environment.WEBHOOK_SECRET = next.secret;
    await example();
    const [after] = await settled(token, made.id, 2);
    expect(after?.attempts.map(({ status }) => status)).toEqual([200]);
    expect(handled).toHaveLength(2);
  });

  it("with a Standard Webhooks library verify deliveries", async () => {
    const verified: unknown[] = [];
    let secret = "";
    const app = express();
    app.post("/webhook", express.raw({ type: "*/*" }), (req, res) => {
      verified.push(new Webhook(secret).verify(req.body as Buffer, req.headers as Record<string, string>));
      res.status(204).end();
    });
    const { token } = await newAccount();
    const wanted = { url: await listening(app), events: ["order.paid"] };
    const made = await call<{ id: string; secret: string }>(PATH, "POST", wanted, token);
    secret = made.secret;
    await call("/api/credits/recharge", "POST", { credits: 100, paymentMethod: "ALIPAY" }, token);
    expect(await settled(token, made.id, 1)).toMatchObject([
      { status: "delivered", attempts: [{ status: 204 }] },
    ]);
    expect(verified).toMatchObject([{ type: "order.paid", data: { credits: 100, currency: "CNY" } }]);
  });
});
