import { createExecutionContext, createMessageBatch, getQueueResult } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { createHmac } from "node:crypto";
import { Webhook } from "standardwebhooks";
import { describe, expect, it } from "vitest";
import { EVENT_TYPES } from "../../src/core/webhooks/index.ts";
import worker from "../../src/worker.ts";
import { eventually, request, requestJson } from "../support/http.ts";
import {
  as,
  loopspaceId,
  newKey,
  newUser,
  type Refusal,
  type SoraUser,
  withKey,
} from "../support/loopspace.ts";
import { newReceiver, newWebhook, receivedEvents, type WebhookWire } from "../support/webhooks.ts";

const PATH = "/api/v1/developer/webhooks";

interface DeliveryWire {
  readonly id: string;
  readonly status: string;
  readonly error: string | null;
  readonly event: { id: string; type: string };
  readonly attempts: readonly { status: number; response: string }[];
  readonly payload: unknown;
}
interface Page<T> {
  readonly data: readonly T[];
  readonly total: number;
  readonly hasMore: boolean;
}

const logOf = async (user: Pick<SoraUser, "token">, id: string, query = "") =>
  (await requestJson<Page<DeliveryWire>>(`${PATH}/${id}/deliveries${query}`, as(user))).body;

describe("a webhook", () => {
  it("is created, shown with its secret once, changed and deleted", async () => {
    const user = await newUser();
    const { url } = newReceiver();
    const wanted = { url, events: ["audio.uploaded", "user.followed", "user.followed"] };
    const { status, body, headers } = await requestJson<WebhookWire>(PATH, as(user, "POST", wanted));
    expect(status).toBe(201);
    expect(headers.get("cache-control")).toBe("no-store");
    expect(body).toMatchObject({
      id: expect.stringMatching(/^wh_/),
      url,
      events: ["audio.uploaded", "user.followed"],
      environment: "live",
      enabled: true,
      disabledReason: null,
      secret: expect.stringMatching(/^whsec_[A-Za-z0-9+/]{43}=$/),
    });
    const { secret: _, ...rest } = body;
    expect((await requestJson(`${PATH}/${body.id}`, as(user))).body).toEqual(rest);
    expect((await requestJson(PATH, as(user))).body).toMatchObject({
      data: [rest],
      total: 1,
      hasMore: false,
    });
    const changed = await requestJson(
      `${PATH}/${body.id}`,
      as(user, "PATCH", { events: ["order.paid"], enabled: false }),
    );
    expect(changed.body).toMatchObject({
      events: ["order.paid"],
      enabled: false,
      disabledReason: "owner",
      url,
    });
    expect((await request(`${PATH}/${body.id}`, as(user, "DELETE"))).status).toBe(204);
    expect((await requestJson(`${PATH}/${body.id}`, as(user))).status).toBe(404);
  });

  it("accepts the body that the guide shows", async () => {
    const box = newReceiver();
    const user = await newUser();
    const secret = "your_webhook_secret";
    const events = ["audio.uploaded", "user.followed", "purchase.completed"];
    const { id } = await newWebhook(user, box.url, events, { secret });
    await requestJson(`${PATH}/${id}/test`, as(user, "POST", { type: "audio.uploaded" }));
    await receivedEvents(box);
    const [delivery] = await box.received();
    const expected = createHmac("sha256", secret)
      .update(JSON.stringify(JSON.parse(delivery?.body ?? "")))
      .digest("hex");
    expect(delivery?.headers["x-loopspace-signature"]).toBe(expected);
  });

  it.each([
    ["a private IP address", { url: "https://10.0.0.1/", events: ["order.paid"] }],
    ["a host name of the local network", { url: "https://printer.local/", events: ["order.paid"] }],
    ["an invalid URL", { url: "nonsense", events: ["order.paid"] }],
    ["no event", { url: "https://example.com/", events: [] }],
    ["an unknown event", { url: "https://example.com/", events: ["user.born"] }],
    ["a short secret", { url: "https://example.com/", events: ["order.paid"], secret: "short" }],
    [
      "a short Standard Webhooks secret",
      { url: "https://example.com/", events: ["order.paid"], secret: "whsec_c2hvcnQ=" },
    ],
  ])("is refused with %s", async (_, body) => {
    const refused = await requestJson<Refusal>(PATH, as(await newUser(), "POST", body));
    expect(refused.status).toBe(400);
    expect(refused.body.error.code).toBe("INVALID_REQUEST");
  });

  it("is refused without a token, and without the scope", async () => {
    expect((await requestJson(PATH)).status).toBe(401);
    const user = await newUser();
    const { key } = await newKey(user, { scopes: ["users:read"] });
    const refused = await requestJson<Refusal>(PATH, withKey(key));
    expect(refused.status).toBe(403);
    expect(refused.body.error.code).toBe("INSUFFICIENT_SCOPE");
  });

  it("belongs to one environment: a sandbox key neither sees live webhooks nor triggers them, and vice versa", async () => {
    const user = await newUser();
    const followed = await newUser();
    const test = await newKey(followed, { environment: "sandbox", scopes: ["webhooks"] });
    const [liveBox, testBox] = [newReceiver(), newReceiver()];
    const live = await newWebhook(followed, liveBox.url, ["user.followed"]);
    const sandbox = await newWebhook({ token: test.key }, testBox.url, ["user.followed"]);
    expect(sandbox.environment).toBe("sandbox");
    expect((await requestJson(`${PATH}/${live.id}`, withKey(test.key))).status).toBe(404);
    expect((await requestJson(`${PATH}/${sandbox.id}`, as(followed))).status).toBe(404);
    expect((await requestJson(`${PATH}/${sandbox.id}?environment=sandbox`, as(followed))).status).toBe(200);
    // A key cannot select another environment than its own.
    expect((await requestJson(`${PATH}/${live.id}?environment=live`, withKey(test.key))).status).toBe(404);

    const { key } = await newKey(user, { environment: "sandbox" });
    await request(`/api/v1/users/${loopspaceId(followed)}/follow`, withKey(key, "POST"));
    await receivedEvents(testBox);
    expect(await liveBox.received()).toEqual([]);
  });

  it("of another account is not found", async () => {
    const { id } = await newWebhook(await newUser(), newReceiver().url, ["order.paid"]);
    const stranger = await newUser();
    const calls: [string, string, object?][] = [
      ["GET", ""],
      ["PATCH", "", { enabled: false }],
      ["DELETE", ""],
      ["POST", "/rotate-secret", {}],
      ["POST", "/test", { type: "order.paid" }],
      ["GET", "/deliveries"],
      ["POST", "/recover", { since: "2026-01-01T00:00:00Z" }],
    ];
    for (const [method, path, body] of calls)
      expect((await requestJson(`${PATH}/${id}${path}`, as(stranger, method, body))).status).toBe(404);
  });
});

describe("the delivery log of a webhook", () => {
  it("shows what was sent and allows a redelivery", async () => {
    const user = await newUser();
    const box = newReceiver();
    await box.answers({ status: 200, body: "thanks" });
    const { id } = await newWebhook(user, box.url, ["order.paid"]);
    const sent = await requestJson<DeliveryWire>(
      `${PATH}/${id}/test`,
      as(user, "POST", { type: "meeting.ended" }),
    );
    expect(sent.status).toBe(202);
    expect(sent.body.payload).toMatchObject({ type: "meeting.ended", example: true });
    const delivered = async (attempts: number) =>
      eventually(async () => {
        const { data } = await logOf(user, id, "?status=delivered");
        return data[0]?.attempts.length === attempts && data[0];
      });
    expect(await delivered(1)).toMatchObject({
      id: sent.body.id,
      event: { id: sent.body.event.id, type: "meeting.ended" },
      // The receiver is on this machine, and answers of services of this machine are not shown to the owner.
      attempts: [{ status: 200, response: "" }],
    });
    const again = await requestJson(`${PATH}/deliveries/${sent.body.id}/redeliver`, as(user, "POST"));
    expect(again.status).toBe(202);
    await delivered(2);
    const ids = (await box.received()).map(({ headers }) => headers["webhook-id"]);
    expect(ids).toEqual([sent.body.event.id, sent.body.event.id]);
    const one = await requestJson<DeliveryWire>(`${PATH}/deliveries/${sent.body.id}`, as(user));
    expect(JSON.stringify(one.body.payload)).toBe((await box.received())[0]?.body);
    const stranger = await newUser();
    expect((await requestJson(`${PATH}/deliveries/${sent.body.id}`, as(stranger))).status).toBe(404);
    expect(
      (await requestJson(`${PATH}/deliveries/${sent.body.id}/redeliver`, as(stranger, "POST"))).status,
    ).toBe(404);
  });

  it("shows that the webhook was disabled, refuses test events, and allows recovery of failed deliveries later", async () => {
    const user = await newUser();
    const box = newReceiver();
    await box.answers({ status: 410 }, { status: 200 });
    const { id } = await newWebhook(user, box.url, ["order.paid"]);
    await requestJson(`${PATH}/${id}/test`, as(user, "POST", { type: "order.paid" }));
    await eventually(async () => !(await requestJson<WebhookWire>(`${PATH}/${id}`, as(user))).body.enabled);
    const refused = await requestJson<Refusal>(
      `${PATH}/${id}/test`,
      as(user, "POST", { type: "order.paid" }),
    );
    expect(refused.status).toBe(409);
    expect(refused.body.error.message).toContain("the webhook is switched off");
    const since = { since: "2026-01-01T00:00:00+08:00" };
    expect((await requestJson(`${PATH}/${id}/recover`, as(user, "POST", since))).status).toBe(409);
    await requestJson(`${PATH}/${id}`, as(user, "PATCH", { enabled: true }));
    const recovered = await requestJson(`${PATH}/${id}/recover`, as(user, "POST", since));
    expect(recovered).toMatchObject({ status: 202, body: { requeued: 1, hasMore: false } });
    await receivedEvents(box, 2);
  });
});

describe("a new secret", () => {
  it("is shown once, and both secrets sign while the receiver migrates", async () => {
    const user = await newUser();
    const box = newReceiver();
    const { id, secret } = await newWebhook(user, box.url, ["order.paid"]);
    const rotated = await requestJson<WebhookWire>(`${PATH}/${id}/rotate-secret`, as(user, "POST", {}));
    expect(rotated).toMatchObject({ status: 200, body: { previousSecretUntil: expect.any(String) } });
    expect(rotated.headers.get("cache-control")).toBe("no-store");
    await requestJson(`${PATH}/${id}/test`, as(user, "POST", { type: "order.paid" }));
    await receivedEvents(box);
    const [{ body = "", headers = {} } = {}] = await box.received();
    for (const one of [secret, rotated.body.secret])
      expect(new Webhook(one).verify(body, headers)).toEqual(JSON.parse(body));
  });
});

describe("the queue of deliveries", () => {
  it("acknowledges settled and unknown deliveries, and retries messages that it cannot parse", async () => {
    const bodies = [{ deliveryId: "dlv_unknown" }, { kind: "nonsense" }];
    const messages = bodies.map((body, i) => ({ id: String(i), timestamp: new Date(), attempts: 1, body }));
    const batch = createMessageBatch("webhooks", messages);
    const ctx = createExecutionContext();
    await worker.queue(batch, env, ctx);
    const result = await getQueueResult(batch, ctx);
    expect(result.explicitAcks).toEqual(["0"]);
    expect(result.retryMessages.map(({ msgId }) => msgId)).toEqual(["1"]);
  });

  it("waits only a moment for a slow receiver", async () => {
    const user = await newUser();
    const box = newReceiver();
    await box.answers({ delayMs: 4_000 });
    const { id } = await newWebhook(user, box.url, ["order.paid"]);
    await requestJson(`${PATH}/${id}/test`, as(user, "POST", { type: "order.paid" }));
    await receivedEvents(box);
    // Other deliveries go out while the slow one is under way.
    const quick = newReceiver();
    const other = await newWebhook(user, quick.url, ["order.paid"]);
    const from = Date.now();
    await requestJson(`${PATH}/${other.id}/test`, as(user, "POST", { type: "order.paid" }));
    await receivedEvents(quick);
    expect(Date.now() - from).toBeLessThan(2_500);
    await eventually(async () => (await logOf(user, id)).data[0]?.status === "delivered");
  });
});

describe("the API document", () => {
  it("describes every event with an example", async () => {
    const { body } = await requestJson<{ webhooks: Record<string, object> }>("/api-docs/loopspace.json");
    expect(Object.keys(body.webhooks)).toEqual(EVENT_TYPES);
  });
});
