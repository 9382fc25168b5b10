import { sql } from "drizzle-orm";
import { describe, expect, it } from "vitest";
import { db, followed, made, newBox, newOwner, newWebhooks, type Webhooks } from "../../support/webhooks.ts";

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

const { url } = newBox();
const tell = ({ outbox, state }: Webhooks, owner: Parameters<typeof followed>[0]) =>
  outbox.run([followed(owner, state.now)], []);

describe("an event", () => {
  it("of an account without webhooks leaves nothing behind and wakes nobody", async () => {
    const webhooks = newWebhooks();
    const owner = await newOwner();
    await tell(webhooks, owner);
    expect(await eventsOf(owner.userId)).toBe(0);
    expect(webhooks.state.wakes).toEqual([]);
  });

  it("goes once to each endpoint that wants it, and to nobody else's", async () => {
    const webhooks = newWebhooks();
    const [owner, other] = [await newOwner(), await newOwner()];
    await made(webhooks, owner, { url });
    await made(webhooks, owner, { url, events: ["audio.uploaded", "user.followed"] });
    await made(webhooks, owner, { url, events: ["audio.uploaded"] });
    await made(webhooks, other, { url });
    await tell(webhooks, owner);
    expect(await eventsOf(owner.userId)).toBe(1);
    expect(await eventsOf(other.userId)).toBe(0);
    expect(new Set(webhooks.state.wakes.map(({ id }) => id)).size).toBe(2);
  });

  it("goes to no endpoint that is off, or of the other environment", async () => {
    const webhooks = newWebhooks();
    const owner = await newOwner("sandbox");
    const off = await made(webhooks, owner, { url });
    await webhooks.endpoints.update(owner, off.id, { enabled: false });
    await made(webhooks, { ...owner, environment: "live" }, { url });
    await tell(webhooks, owner);
    expect(await eventsOf(owner.userId)).toBe(0);
  });

  it("is written with what it tells of, or neither is", async () => {
    const webhooks = newWebhooks();
    const owner = await newOwner();
    await made(webhooks, owner, { url });
    const event = followed(owner, webhooks.state.now);
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

  it("is told only where its condition held before what it tells of", async () => {
    const webhooks = newWebhooks();
    const owner = await newOwner();
    await made(webhooks, owner, { url });
    const isUnnamed = sql`EXISTS (SELECT 1 FROM users WHERE id = ${owner.userId} AND full_name IS NULL)`;
    const event = { ...followed(owner, webhooks.state.now), when: isUnnamed };
    await webhooks.outbox.run([event], [renamed(owner.userId, "once")]);
    await webhooks.outbox.run([event], [renamed(owner.userId, "twice")]);
    expect(await eventsOf(owner.userId)).toBe(1);
  });
});
