import { describe, expect, it } from "vitest";
import {
  createEndpoint,
  db,
  followedEvent,
  newDelivery,
  newOwner,
  newReceiver,
  newWebhooks,
} from "../../support/webhooks.ts";

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

const listed = async (
  { deliveries }: ReturnType<typeof newWebhooks>,
  owner: Awaited<ReturnType<typeof newOwner>>,
  id: string,
  filter: { page?: number; limit?: number; status?: "pending" | "delivered" | "failed" } = {},
) => {
  const found = await deliveries.list(owner, id, { page: 1, limit: 20, ...filter });
  if (!found.ok) throw new Error(found.error.code);
  return found.value;
};

describe("the log", () => {
  it("lists deliveries in pages, latest first, each with its own attempts", async () => {
    const webhooks = newWebhooks();
    const owner = await newOwner();
    const box = newReceiver();
    const { id } = await createEndpoint(webhooks, owner, { url: box.url });
    const made5 = [];
    for (let i = 0; i < 5; i++) {
      await webhooks.outbox.run([followedEvent(owner, webhooks.state.now + i)], []);
      made5.unshift(webhooks.state.wakes.splice(0)[0]?.id);
    }
    webhooks.state.now += 1_000;
    await box.answers({ status: 500 }, { status: 200 });
    const [latest = "", second = ""] = made5;
    await webhooks.consume([latest]);
    await webhooks.consume([second]);
    const pages = [1, 2, 3].map((page) => listed(webhooks, owner, id, { page, limit: 2 }));
    const all = (await Promise.all(pages)).flatMap(({ deliveries }) => deliveries);
    expect(all.map((one) => one.id)).toEqual(made5);
    expect(all.map(({ attempts }) => attempts.map(({ status }) => status))).toEqual([
      [500],
      [200],
      [],
      [],
      [],
    ]);
    expect((await listed(webhooks, owner, id)).total).toBe(5);
    const delivered = await listed(webhooks, owner, id, { status: "delivered" });
    expect(delivered).toMatchObject({ total: 1, deliveries: [{ id: second }] });
  });

  it("counts at most a thousand, but serves the pages after them", async () => {
    const webhooks = newWebhooks();
    const { owner, endpoint, id } = await newDelivery(webhooks, newReceiver().url);
    const many = `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1100)`;
    await db.$client.batch([
      db.$client
        .prepare(`INSERT INTO webhook_events (id, user_id, environment, type, body, created_at)
        ${many} SELECT 'evt_' || ?1 || i, ?2, 'live', 'user.followed', '{}', i FROM n`)
        .bind(id, owner.userId),
      db.$client
        .prepare(`INSERT INTO webhook_deliveries (id, event_id, endpoint_id, status, created_at)
        ${many} SELECT 'dlv_' || ?1 || i, 'evt_' || ?1 || i, ?2, iif(i % 2, 'failed', 'delivered'), i FROM n`)
        .bind(id, endpoint.id),
    ]);
    const page = await listed(webhooks, owner, endpoint.id, { page: 11, limit: 100 });
    expect([page.total, page.deliveries.length, page.hasMore]).toEqual([1_000, 100, true]);
    const last = await listed(webhooks, owner, endpoint.id, { page: 12, limit: 100 });
    expect([last.total, last.deliveries.length, last.hasMore]).toEqual([1_000, 1, false]);
    const failed = await listed(webhooks, owner, endpoint.id, { status: "failed", limit: 100 });
    expect([failed.total, failed.deliveries.length, failed.hasMore]).toEqual([550, 100, true]);
    expect(failed.deliveries[0]?.createdAt).toBe(1_099);
  });

  it("is deleted after 30 days, except for pending deliveries", async () => {
    const webhooks = newWebhooks();
    const sent = await newDelivery(webhooks, newReceiver().url);
    const pending = await newDelivery(webhooks, newReceiver().url);
    await webhooks.consume([sent.id]);
    const left = async () => {
      const { results } = await db.$client
        .prepare("SELECT id FROM webhook_deliveries WHERE id IN (?, ?)")
        .bind(sent.id, pending.id)
        .all<{ id: string }>();
      return results.map(({ id }) => id);
    };
    webhooks.state.now += 30 * DAY - 1;
    await webhooks.upkeep.prune();
    expect(await left()).toHaveLength(2);
    webhooks.state.now += 2;
    await webhooks.upkeep.prune();
    expect(await left()).toEqual([pending.id]);
  });

  it("is deleted with its endpoint, also during an attempt", async () => {
    const webhooks = newWebhooks();
    const { id, owner, endpoint } = await newDelivery(webhooks, newReceiver().url);
    const claimed = await webhooks.sender.claim([id]);
    await webhooks.endpoints.remove(owner, endpoint.id);
    await webhooks.sender.send(claimed);
    expect(await webhooks.deliveries.find(owner, id)).toMatchObject({ error: { what: "delivery" } });
  });
});

describe("a redelivery", () => {
  it("is sent at once under the same id, after a failure or a success", async () => {
    const webhooks = newWebhooks();
    const box = newReceiver();
    const { id, owner, look } = await newDelivery(webhooks, box.url);
    await webhooks.consume([id]);
    webhooks.state.wakes.length = 0;
    expect(await webhooks.deliveries.redeliver(owner, id)).toMatchObject({ value: { status: "pending" } });
    expect(webhooks.state.wakes).toEqual([{ id, delaySeconds: 0 }]);
    await box.answers({ status: 500 });
    await webhooks.consume([id]);
    // The retry schedule starts again.
    expect((await look()).nextAt).toBe(webhooks.state.now + 5_000);
    expect((await look()).attempts.map(({ status }) => status)).toEqual([200, 500]);
    const bodies = (await box.received()).map(({ body }) => body);
    expect(bodies).toHaveLength(2);
    expect(new Set(bodies).size).toBe(1);
  });

  it("is refused while its endpoint is disabled, and not found by other accounts", async () => {
    const webhooks = newWebhooks();
    const { id, owner, endpoint } = await newDelivery(webhooks, newReceiver().url);
    expect(await webhooks.deliveries.redeliver(await newOwner(), id)).toMatchObject({
      error: { code: "not_found", what: "delivery" },
    });
    await webhooks.endpoints.update(owner, endpoint.id, { enabled: false });
    const refusals = await Promise.all([
      webhooks.deliveries.redeliver(owner, id),
      webhooks.deliveries.recover(owner, endpoint.id, 0),
      webhooks.deliveries.sendExample(owner, endpoint.id, "order.paid"),
    ]);
    for (const refused of refusals) expect(refused).toMatchObject({ error: { code: "state_conflict" } });
  });

  it.each([200, 500])(
    "that is requested during an attempt follows it, whether that is answered %d",
    async (status) => {
      const webhooks = newWebhooks();
      const box = newReceiver();
      await box.answers({ status });
      const { id, owner, look } = await newDelivery(webhooks, box.url);
      const claimed = await webhooks.sender.claim([id]);
      await webhooks.deliveries.redeliver(owner, id);
      // The lease is kept: no second attempt starts beside the first one.
      expect(await webhooks.consume([id])).toBe(0);
      webhooks.state.wakes.length = 0;
      await webhooks.sender.send(claimed);
      expect(await look()).toMatchObject({ status: "pending", nextAt: webhooks.state.now });
      expect(webhooks.state.wakes).toContainEqual({ id, delaySeconds: 0 });
      await box.answers({ status: 200 });
      expect(await webhooks.consume([id])).toBe(1);
      expect((await look()).attempts.map((attempt) => attempt.status)).toEqual([status, 200]);
      expect(await look()).toMatchObject({ status: "delivered" });
      expect(await box.received()).toHaveLength(2);
    },
  );

  it.each([200, 500])(
    "is not settled by an attempt whose lease ended before it, answered %d",
    async (status) => {
      const webhooks = newWebhooks();
      const box = newReceiver();
      const { id, owner, look } = await newDelivery(webhooks, box.url);
      const late = await webhooks.sender.claim([id]);
      webhooks.state.now += 31_000;
      await webhooks.deliveries.redeliver(owner, id);
      const current = await webhooks.sender.claim([id]);
      expect(current).toHaveLength(1);
      await box.answers({ status });
      await webhooks.sender.send(late);
      // The second attempt keeps its lease: nothing is due, and nothing else can be claimed.
      expect(await look()).toMatchObject({ status: "pending" });
      expect(await webhooks.consume([id])).toBe(0);
      await box.answers({ status: 200 });
      await webhooks.sender.send(current);
      expect(await look()).toMatchObject({ status: "delivered", nextAt: null });
    },
  );
});

describe("the recovery of failed deliveries", () => {
  it("sends again only what failed since a time", async () => {
    const webhooks = newWebhooks();
    const owner = await newOwner();
    const box = newReceiver();
    const { id } = await createEndpoint(webhooks, owner, { url: box.url });
    const began = webhooks.state.now;
    for (let hour = 0; hour < 4; hour++)
      await webhooks.outbox.run([followedEvent(owner, began + hour * HOUR)], []);
    const [before = "", first = "", arrived = "", last = ""] = webhooks.state.wakes
      .splice(0)
      .map((wake) => wake.id);
    const fail = (one: string) =>
      db.$client
        .prepare("UPDATE webhook_deliveries SET status = 'failed', next_at = NULL WHERE id = ?")
        .bind(one)
        .run();
    for (const one of [before, first, last]) await fail(one);
    webhooks.state.now += 5 * HOUR;
    await webhooks.consume([arrived]);
    const recovered = await webhooks.deliveries.recover(owner, id, began + HOUR);
    expect(recovered).toEqual({ ok: true, value: { requeued: 2, hasMore: false } });
    expect(webhooks.state.wakes.map((wake) => wake.id).toSorted()).toEqual([first, last].toSorted());
    await webhooks.consume([before, first, arrived, last]);
    const { deliveries } = await listed(webhooks, owner, id);
    expect(deliveries.map(({ status }) => status)).toEqual(["delivered", "delivered", "delivered", "failed"]);
  });

  it("includes what failed because the endpoint was disabled", async () => {
    const webhooks = newWebhooks();
    const box = newReceiver();
    const { id, owner, endpoint, look } = await newDelivery(webhooks, box.url);
    await webhooks.endpoints.update(owner, endpoint.id, { enabled: false });
    expect(await webhooks.consume([id])).toBe(0);
    expect(await look()).toMatchObject({ status: "failed", lastError: "endpoint_disabled", attempts: [] });
    await webhooks.endpoints.update(owner, endpoint.id, { enabled: true });
    expect(await webhooks.deliveries.recover(owner, endpoint.id, 0)).toMatchObject({
      value: { requeued: 1 },
    });
    await webhooks.consume([id]);
    expect(await box.received()).toHaveLength(1);
  });
});

describe("a test event", () => {
  it("is sent to one endpoint, is marked as an example, and ignores the endpoint's event list", async () => {
    const webhooks = newWebhooks();
    const owner = await newOwner();
    const [box, other] = [newReceiver(), newReceiver()];
    const { id } = await createEndpoint(webhooks, owner, { url: box.url, events: ["audio.uploaded"] });
    await createEndpoint(webhooks, owner, { url: other.url, events: ["purchase.completed"] });
    const sent = await webhooks.deliveries.sendExample(owner, id, "purchase.completed");
    expect(sent).toMatchObject({ value: { status: "pending", type: "purchase.completed" } });
    await webhooks.consume(webhooks.state.wakes.map((wake) => wake.id));
    expect(await box.events()).toMatchObject([{ type: "purchase.completed", example: true }]);
    expect(await other.received()).toEqual([]);
  });
});
