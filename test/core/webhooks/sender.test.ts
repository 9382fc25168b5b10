import { Webhook } from "standardwebhooks";
import { describe, expect, it } from "vitest";
import { post } from "../../../src/core/webhooks/post.ts";
import { retryDelay } from "../../../src/core/webhooks/schedule.ts";
import {
  createEndpoint,
  db,
  followedEvent,
  newDelivery,
  newOwner,
  newReceiver,
  newWebhooks,
  type Webhooks,
} from "../../support/webhooks.ts";

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const SCHEDULE = [5 * SECOND, 30 * SECOND, 2 * MINUTE, 15 * MINUTE, HOUR, 6 * HOUR, 24 * HOUR];

const setUp = async (webhooks: Webhooks = newWebhooks()) => {
  const box = newReceiver();
  return { webhooks, box, ...(await newDelivery(webhooks, box.url)) };
};

describe("a delivery", () => {
  it("is posted as JSON under the event's id, and verifiable with the endpoint's secret", async () => {
    const { webhooks, box, id, endpoint, look } = await setUp(newWebhooks());
    webhooks.state.now = Date.now();
    await webhooks.consume([id]);
    const [got, ...more] = await box.received();
    expect(more).toEqual([]);
    expect(got).toMatchObject({
      method: "POST",
      headers: { "content-type": "application/json", "user-agent": "Loopspace-Webhooks/1.0" },
    });
    const event = JSON.parse(got?.body ?? "");
    expect(event).toMatchObject({ type: "user.followed", data: { follower: { name: "一位听众" } } });
    expect(got?.headers["webhook-id"]).toBe(event.id);
    expect(new Webhook(endpoint.secret).verify(got?.body ?? "", got?.headers ?? {})).toEqual(event);
    expect(await look()).toMatchObject({
      status: "delivered",
      nextAt: null,
      attempts: [{ status: 200, error: null, response: "" }],
    });
  });

  it("is retried after 5 s, 30 s, 2 min, 15 min, 1 h, 6 h and 24 h under the same id, and then fails", async () => {
    const { webhooks, box, id, look } = await setUp();
    await box.answers({ status: 500, body: "no" });
    for (const wait of SCHEDULE) {
      await webhooks.consume([id]);
      expect((await look()).nextAt).toBe(webhooks.state.now + wait);
      // Before it is due, it cannot be claimed.
      webhooks.state.now += wait - 2 * SECOND;
      expect(await webhooks.consume([id])).toBe(0);
      webhooks.state.now += 2 * SECOND;
    }
    await webhooks.consume([id]);
    const ended = await look();
    expect(ended).toMatchObject({ status: "failed", nextAt: null });
    expect(ended.attempts.map(({ status, response }) => [status, response])).toEqual(
      Array.from({ length: 8 }, () => [500, ""]),
    );
    expect(new Set((await box.received()).map(({ headers }) => headers["webhook-id"])).size).toBe(1);
    // A queue delays messages for a day at most, so the webhook sweep handles the longest wait.
    expect(webhooks.state.wakes.map(({ delaySeconds }) => delaySeconds * SECOND)).toEqual(
      SCHEDULE.slice(0, 6),
    );
  });

  it("is delayed by up to a fifth more, so that simultaneous failures are not retried simultaneously", () => {
    expect(retryDelay(1, 0)).toBe(5_000);
    expect(retryDelay(1, 1)).toBe(6_000);
    expect(retryDelay(6, 0.5)).toBe(6.6 * HOUR);
    expect(retryDelay(8, 0)).toBeUndefined();
  });

  it.each([200, 201, 204, 299])("is delivered when the answer is %d", async (status) => {
    const { webhooks, box, id, look } = await setUp();
    await box.answers({ status, body: "" });
    await webhooks.consume([id]);
    expect(await look()).toMatchObject({ status: "delivered" });
  });

  it.each([304, 400, 401, 404, 429, 500, 503])("is retried when the answer is %d", async (status) => {
    const { webhooks, box, id, look } = await setUp();
    await box.answers({ status });
    await webhooks.consume([id]);
    expect(await look()).toMatchObject({ status: "pending", nextAt: webhooks.state.now + 5 * SECOND });
  });

  it.each([301, 302, 307, 308])("follows no redirect (%d)", async (status) => {
    const { webhooks, box, id, look } = await setUp();
    const elsewhere = newReceiver();
    await box.answers({ status, headers: { location: elsewhere.url } });
    await webhooks.consume([id]);
    expect(await elsewhere.received()).toEqual([]);
    expect(await look()).toMatchObject({ status: "pending", attempts: [{ status, error: "redirected" }] });
  });

  it("waits as long as Retry-After asks, within the schedule's delay and a day", async () => {
    const asked = async (value: string) => {
      const { webhooks, box, id, look } = await setUp();
      await box.answers({ status: 503, headers: { "retry-after": value } });
      await webhooks.consume([id]);
      return ((await look()).nextAt ?? 0) - webhooks.state.now;
    };
    expect(await asked("120")).toBe(2 * MINUTE);
    expect(await asked("1")).toBe(5 * SECOND);
    expect(await asked("999999999")).toBe(24 * HOUR);
    expect(await asked("soon")).toBe(5 * SECOND);
    const until = await asked(new Date(Date.now() + 10 * MINUTE).toUTCString());
    expect(until).toBeGreaterThan(9 * MINUTE);
    expect(until).toBeLessThanOrEqual(10 * MINUTE);
  });

  it("that is answered 410 fails, and the endpoint is disabled", async () => {
    const { webhooks, box, id, look, endpointNow } = await setUp();
    await box.answers({ status: 410 });
    await webhooks.consume([id]);
    expect(await look()).toMatchObject({ status: "failed", nextAt: null });
    expect(await endpointNow()).toMatchObject({ disabledReason: "gone" });
  });

  it("is aborted after its timeout, without an answer or with an endless body", async () => {
    const webhooks = newWebhooks({ timeoutMs: 300 });
    const hanging = await setUp(webhooks);
    const dripping = await setUp(webhooks);
    await hanging.box.answers({ hang: true });
    await dripping.box.answers({ drip: true });
    await webhooks.consume([hanging.id, dripping.id]);
    const [attempt] = (await hanging.look()).attempts;
    expect(attempt).toMatchObject({ status: null, error: "timeout" });
    expect(attempt?.took).toBeGreaterThanOrEqual(290);
    expect(attempt?.took).toBeLessThan(2_000);
    // The status was 200, which decides the outcome.
    expect(await dripping.look()).toMatchObject({ status: "delivered", attempts: [{ status: 200 }] });
  });

  it("to a closed port is retried", async () => {
    const webhooks = newWebhooks();
    const { id, look } = await newDelivery(webhooks, "http://127.0.0.1:9/hooks");
    await webhooks.consume([id]);
    expect(await look()).toMatchObject({
      status: "pending",
      attempts: [{ status: null, error: "connection_failed" }],
    });
  });

  it("stores the first kilobyte of the answer, also of an endless one", async () => {
    const [long, dripping] = [newReceiver(), newReceiver()];
    await long.answers({ status: 500, body: "x".repeat(1_000_000) });
    await dripping.answers({ drip: true });
    const kept = { timeoutMs: 300, keepsAnswer: true };
    expect(await post(long.url, {}, "{}", kept)).toMatchObject({ status: 500, response: "x".repeat(1_024) });
    expect(await post(dripping.url, {}, "{}", kept)).toMatchObject({ status: 200, response: "drip" });
  });

  it("to this machine stores only the status of the answer, with any name of the machine", async () => {
    const webhooks = newWebhooks();
    const box = newReceiver();
    await box.answers({ status: 500, body: "secret of a local service" });
    for (const host of ["127.0.0.1", "localhost", "[::ffff:127.0.0.1]", "2130706433"]) {
      const { id, look } = await newDelivery(webhooks, box.url.replace("127.0.0.1", host));
      await webhooks.consume([id]);
      for (const attempt of (await look()).attempts) expect(attempt.response).toBe("");
    }
    expect((await box.received()).length).toBeGreaterThan(0);
  });

  it("is not sent when its address has become forbidden", async () => {
    const { webhooks, box, id, look } = await setUp();
    const { sender } = newWebhooks({ loopback: false });
    await sender.send(await sender.claim([id]));
    expect(await box.received()).toEqual([]);
    expect(await look()).toMatchObject({
      status: "pending",
      nextAt: webhooks.state.now + 5 * SECOND,
      attempts: [{ status: null, error: "address_refused" }],
    });
  });
});

describe("two consumers", () => {
  it("send a delivery once when they receive its message concurrently", async () => {
    const { webhooks, box, id } = await setUp();
    const sent = await Promise.all(Array.from({ length: 5 }, () => webhooks.consume([id])));
    expect(sent.toSorted()).toEqual([0, 0, 0, 0, 1]);
    expect(await box.received()).toHaveLength(1);
  });

  it("do not overwrite a newer result of each other", async () => {
    const { webhooks, box, id, look } = await setUp();
    const late = await webhooks.sender.claim([id]);
    // The first one takes so long that the lease expires, and another consumer delivers.
    webhooks.state.now += MINUTE;
    await webhooks.consume([id]);
    await box.answers({ status: 500 });
    await webhooks.sender.send(late);
    expect(await look()).toMatchObject({ status: "delivered", attempts: [{ status: 200 }, { status: 500 }] });
  });

  it("also store a late success", async () => {
    const { webhooks, box, id, look } = await setUp();
    await box.answers({ status: 500 }, { status: 200 });
    const late = await webhooks.sender.claim([id]);
    webhooks.state.now += MINUTE;
    await webhooks.consume([id]);
    await webhooks.sender.send(late);
    expect(await look()).toMatchObject({ status: "delivered", nextAt: null });
  });
});

describe("an interrupted delivery", () => {
  it("after its claim is found by the webhook sweep and sent again under the same id", async () => {
    const { webhooks, box, id } = await setUp();
    // This consumer stops after the claim.
    expect(await webhooks.sender.claim([id])).toHaveLength(1);
    webhooks.state.now += 2 * MINUTE;
    await webhooks.upkeep.sweep();
    expect(webhooks.state.wakes.map((wake) => wake.id)).toContain(id);
    await webhooks.consume([id]);
    expect(await box.received()).toHaveLength(1);
  });

  it("after its request is sent once more (at-least-once delivery)", async () => {
    const { webhooks, box, id, look } = await setUp();
    const [claimed] = await webhooks.sender.claim([id]);
    // The request is sent, and the consumer stops before it stores the result.
    const dying = newWebhooks();
    dying.state.now = webhooks.state.now;
    if (claimed) await dying.sender.send([{ ...claimed, id: "dlv_unknown" }]);
    expect(await box.received()).toHaveLength(1);
    expect(await look()).toMatchObject({ status: "pending" });
    webhooks.state.now += MINUTE;
    await webhooks.consume([id]);
    const ids = (await box.received()).map(({ headers }) => headers["webhook-id"]);
    expect(ids).toHaveLength(2);
    expect(new Set(ids).size).toBe(1);
    expect(await look()).toMatchObject({ status: "delivered" });
  });

  it("is stored as due when the queue is down", async () => {
    const webhooks = newWebhooks({ isQueueDown: true });
    const { box, id, look } = await setUp(webhooks);
    await box.answers({ status: 500 }, { status: 200 });
    await webhooks.consume([id]);
    expect(webhooks.state.reports).toContain("webhooks.wake_failed");
    expect(await look()).toMatchObject({ status: "pending", nextAt: webhooks.state.now + 5 * SECOND });
  });

  it("is left alone by the webhook sweep while its own message may still arrive", async () => {
    const { webhooks, id } = await setUp();
    webhooks.state.now += 30 * SECOND;
    await webhooks.upkeep.sweep();
    expect(webhooks.state.wakes.map((wake) => wake.id)).not.toContain(id);
  });
});

describe("a slow endpoint", () => {
  it("does not delay deliveries to other endpoints", async () => {
    const webhooks = newWebhooks();
    const slow = await setUp(webhooks);
    const quick = await setUp(webhooks);
    await slow.box.answers({ delayMs: 1_500 });
    const claimed = await webhooks.sender.claim([slow.id, quick.id]);
    const sending = webhooks.sender.send(claimed);
    await new Promise((resolve) => setTimeout(resolve, 500));
    expect(await quick.look()).toMatchObject({ status: "delivered" });
    expect(await slow.look()).toMatchObject({ status: "pending" });
    await sending;
  });

  it("gets two deliveries at a time for a while, and the others later", async () => {
    const webhooks = newWebhooks({ timeoutMs: 8_000 });
    const owner = await newOwner();
    const box = newReceiver();
    await createEndpoint(webhooks, owner, { url: box.url });
    const tell = async () => {
      await webhooks.outbox.run([followedEvent(owner, webhooks.state.now)], []);
      return webhooks.state.wakes.splice(0).map(({ id }) => id);
    };
    await box.answers({ delayMs: 3_100 }, {});
    await webhooks.consume(await tell());
    const ids = (await Promise.all([tell(), tell(), tell(), tell()])).flat();
    const first = await webhooks.sender.claim(ids);
    expect(first).toHaveLength(2);
    const others = ids.filter((id) => !first.some((one) => one.id === id));
    expect(webhooks.state.wakes.map((wake) => wake.delaySeconds)).toEqual([20, 20]);
    expect(webhooks.state.wakes.map((wake) => wake.id).toSorted()).toEqual(others.toSorted());
    // They are not due yet, and the endpoint has no free slot.
    expect(await webhooks.sender.claim(others)).toHaveLength(0);
    await webhooks.sender.send(first);
    webhooks.state.now += 20 * SECOND;
    expect(await webhooks.consume(others)).toBe(2);
    const attempts = await db.$client
      .prepare(
        "SELECT max(attempts) AS most FROM webhook_deliveries WHERE id IN (SELECT value FROM json_each(?))",
      )
      .bind(JSON.stringify(ids))
      .first<number>("most");
    // The postponement does not count as an attempt.
    expect(attempts).toBe(1);
  });
});
