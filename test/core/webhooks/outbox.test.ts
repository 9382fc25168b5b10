import { sql } from "drizzle-orm";
import { describe, expect, it } from "vitest";
import {
  createEndpoint,
  db,
  followedEvent,
  newOwner,
  newReceiver,
  newWebhooks,
  type Webhooks,
} from "../../support/webhooks.ts";

const eventsOf = async (userId: number): Promise<number> => {
  const row = await db.$client
    .prepare("SELECT count(*) AS events FROM webhook_events WHERE user_id = ?")
    .bind(userId)
    .first<{ events: number }>();
  return row?.events ?? -1;
};

const renamed = (userId: number, name: string) =>
  sql`UPDATE users SET full_name = ${name} WHERE id = ${userId}`;
const nameOf = (userId: number) =>
  db.$client.prepare("SELECT full_name FROM users WHERE id = ?").bind(userId).first<string>("full_name");

const { url } = newReceiver();
const tell = ({ outbox, state }: Webhooks, owner: Parameters<typeof followedEvent>[0]) =>
  outbox.run([followedEvent(owner, state.now)], []);

describe("an event", () => {
  it("of an account without webhooks stores nothing and sends no queue message", async () => {
    const webhooks = newWebhooks();
    const owner = await newOwner();
    await tell(webhooks, owner);
    expect(await eventsOf(owner.userId)).toBe(0);
    expect(webhooks.state.wakes).toEqual([]);
  });

  it("is delivered once to each endpoint that wants it, and to none of another account", async () => {
    const webhooks = newWebhooks();
    const [owner, other] = [await newOwner(), await newOwner()];
    await createEndpoint(webhooks, owner, { url });
    await createEndpoint(webhooks, owner, { url, events: ["audio.uploaded", "user.followed"] });
    await createEndpoint(webhooks, owner, { url, events: ["audio.uploaded"] });
    await createEndpoint(webhooks, other, { url });
    await tell(webhooks, owner);
    expect(await eventsOf(owner.userId)).toBe(1);
    expect(await eventsOf(other.userId)).toBe(0);
    expect(new Set(webhooks.state.wakes.map(({ id }) => id)).size).toBe(2);
  });

  it("is not delivered to endpoints that are disabled or in the other environment", async () => {
    const webhooks = newWebhooks();
    const owner = await newOwner("sandbox");
    const off = await createEndpoint(webhooks, owner, { url });
    await webhooks.endpoints.update(owner, off.id, { enabled: false });
    await createEndpoint(webhooks, { ...owner, environment: "live" }, { url });
    await tell(webhooks, owner);
    expect(await eventsOf(owner.userId)).toBe(0);
  });

  it("is stored in the same transaction as its cause", async () => {
    const webhooks = newWebhooks();
    const owner = await newOwner();
    await createEndpoint(webhooks, owner, { url });
    const event = followedEvent(owner, webhooks.state.now);
    const broken = sql`INSERT INTO users (uuid) VALUES (NULL)`;
    await expect(webhooks.outbox.run([event], [renamed(owner.userId, "new"), broken])).rejects.toThrow();
    expect(await eventsOf(owner.userId)).toBe(0);
    expect(await nameOf(owner.userId)).toBeNull();
    expect(webhooks.state.wakes).toEqual([]);

    const results = await webhooks.outbox.run(
      [event],
      [renamed(owner.userId, "new"), sql`SELECT 7 AS seven`],
    );
    expect(results.map((result) => result.results)).toEqual([[], [{ seven: 7 }]]);
    expect(await nameOf(owner.userId)).toBe("new");
    expect(await eventsOf(owner.userId)).toBe(1);
  });

  it("is stored only when its condition held before its cause", async () => {
    const webhooks = newWebhooks();
    const owner = await newOwner();
    await createEndpoint(webhooks, owner, { url });
    const isUnnamed = sql`EXISTS (SELECT 1 FROM users WHERE id = ${owner.userId} AND full_name IS NULL)`;
    const event = { ...followedEvent(owner, webhooks.state.now), when: isUnnamed };
    await webhooks.outbox.run([event], [renamed(owner.userId, "once")]);
    await webhooks.outbox.run([event], [renamed(owner.userId, "twice")]);
    expect(await eventsOf(owner.userId)).toBe(1);
  });
});
