import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { KeyVault } from "../../../src/core/secrets/index.ts";
import { WebhookEndpoints } from "../../../src/core/webhooks/index.ts";
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

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const url = "https://hooks.example.com/loopspace";

describe("a webhook URL", () => {
  const refused = [
    "http://hooks.example.com/",
    "https://127.0.0.1/",
    "https://localhost/",
    "https://10.0.0.1/",
    "https://169.254.169.254/latest/meta-data",
    "https://[::1]/",
    "https://[::ffff:10.0.0.1]/",
    "https://2130706433/",
    "https://0x7f.1/",
    "https://router.local/",
    "https://metadata.google.internal/",
    "https://intranet/",
    "https://10-0-0-1.nip.io/",
    "https://user:password@hooks.example.com/",
    "https://hooks.example.com/#part",
    "ftp://hooks.example.com/",
    "nonsense",
  ];

  it.each(refused)("may not be %s", async (address) => {
    const webhooks = newWebhooks({ loopback: false });
    const owner = await newOwner();
    const wanted = { url: address, events: ["user.followed"] as const };
    expect(await webhooks.endpoints.create(owner, wanted)).toMatchObject({
      error: { code: "invalid_request", issues: [{ path: "url" }] },
    });
    const { id } = await createEndpoint(webhooks, owner, { url });
    expect(await webhooks.endpoints.update(owner, id, { url: address })).toMatchObject({
      error: { code: "invalid_request" },
    });
  });

  it("may be this machine only in development", async () => {
    const owner = await newOwner();
    const wanted = { url: "http://127.0.0.1:3000/webhook", events: ["user.followed"] as const };
    expect(await newWebhooks({ loopback: true }).endpoints.create(owner, wanted)).toMatchObject({ ok: true });
    expect(await newWebhooks({ loopback: false }).endpoints.create(owner, wanted)).toMatchObject({
      ok: false,
    });
  });
});

describe("endpoints", () => {
  it("are limited to 20 per account and environment, also under concurrent requests", async () => {
    const { endpoints } = newWebhooks();
    const owner = await newOwner();
    const wanted = { url, events: ["user.followed"] as const };
    const all = await Promise.all(Array.from({ length: 25 }, () => endpoints.create(owner, wanted)));
    expect(all.filter(({ ok }) => ok)).toHaveLength(20);
    expect(all.find(({ ok }) => !ok)).toMatchObject({ error: { code: "state_conflict", what: "webhook" } });
    expect(await endpoints.list(owner)).toHaveLength(20);
    expect(await endpoints.create({ ...owner, environment: "sandbox" }, wanted)).toMatchObject({ ok: true });
  });

  it("of another account or environment are not found", async () => {
    const webhooks = newWebhooks();
    const owner = await newOwner();
    const { id } = await createEndpoint(webhooks, owner, { url });
    for (const other of [await newOwner(), { ...owner, environment: "sandbox" as const }]) {
      const tries = await Promise.all([
        webhooks.endpoints.find(other, id),
        webhooks.endpoints.update(other, id, { enabled: false }),
        webhooks.endpoints.rotate(other, id, { overlapHours: 24 }),
        webhooks.endpoints.remove(other, id),
        webhooks.deliveries.list(other, id, { page: 1, limit: 10 }),
        webhooks.deliveries.recover(other, id, 0),
        webhooks.deliveries.sendExample(other, id, "order.paid"),
      ]);
      for (const one of tries) expect(one).toMatchObject({ error: { code: "not_found", what: "webhook" } });
    }
    expect(await webhooks.endpoints.find(owner, id)).toMatchObject({ value: { disabledReason: null } });
  });

  it("store no secret in plain text", async () => {
    const { secret, id } = await createEndpoint(newWebhooks(), await newOwner(), { url });
    const row = await db.$client.prepare("SELECT * FROM webhook_endpoints WHERE id = ?").bind(id).first();
    expect(JSON.stringify(row)).not.toContain(secret.slice(6));
  });
});

describe("a rotated secret", () => {
  const signaturesOf = async (box: ReturnType<typeof newReceiver>) =>
    (await box.received()).map(({ headers }) => headers["webhook-signature"]?.split(" ").length);

  it("also signs for a day beside its successor, and not longer", async () => {
    const webhooks = newWebhooks();
    const box = newReceiver();
    const { owner, endpoint, endpointNow } = await newDelivery(webhooks, box.url);
    const rotated = await webhooks.endpoints.rotate(owner, endpoint.id, { overlapHours: 24 });
    expect(rotated).toMatchObject({ value: { previousSecretUntil: webhooks.state.now + DAY } });
    expect(rotated.ok && rotated.value.secret).not.toBe(endpoint.secret);
    const tell = async () => {
      await webhooks.outbox.run([followedEvent(owner, webhooks.state.now)], []);
      await webhooks.consume(webhooks.state.wakes.splice(0).map(({ id }) => id));
    };
    await tell();
    webhooks.state.now += DAY - 1;
    await tell();
    webhooks.state.now += 1;
    await tell();
    expect(await signaturesOf(box)).toEqual([2, 2, 1]);
    expect(await endpointNow()).toMatchObject({ previousSecretUntil: null });
  });

  it("stops signing at once when the overlap is zero", async () => {
    const webhooks = newWebhooks();
    const box = newReceiver();
    const { id, owner, endpoint } = await newDelivery(webhooks, box.url);
    await webhooks.endpoints.rotate(owner, endpoint.id, {
      overlapHours: 0,
      secret: "a-secret/of-my-own",
    });
    await webhooks.consume([id]);
    expect(await signaturesOf(box)).toEqual([1]);
  });

  it("is re-encrypted after a change of the vault's key, and unreadable without it", async () => {
    const webhooks = newWebhooks();
    const box = newReceiver();
    const { id, endpoint, look } = await newDelivery(webhooks, box.url);
    const next = "another-config-key-0123456789abcdef0123456789";
    const keyIdOf = () =>
      db.$client
        .prepare("SELECT secret_key_id AS k FROM webhook_endpoints WHERE id = ?")
        .bind(endpoint.id)
        .first("k");
    const resealed = (from: string, to: string) =>
      new WebhookEndpoints(db, new KeyVault(to, from), true, () => webhooks.state.now).reencryptSecrets();
    const before = await keyIdOf();
    await resealed(env.CONFIG_KEY ?? "", next);
    expect(await keyIdOf()).not.toBe(before);
    await webhooks.consume([id]);
    expect(await look()).toMatchObject({ status: "pending", attempts: [{ error: "secret_unreadable" }] });
    expect(webhooks.state.reports).toContain("webhooks.secret_unreadable");
    await resealed(next, env.CONFIG_KEY ?? "");
    webhooks.state.now += 5_000;
    await webhooks.consume([id]);
    expect(await look()).toMatchObject({ status: "delivered" });
  });
});

describe("an endpoint with only failed attempts", () => {
  const failing = async (webhooks: Webhooks) => {
    const box = newReceiver();
    const set = await newDelivery(webhooks, box.url);
    await box.answers({ status: 500 });
    /** Publishes an event and lets its first attempt fail. */
    const fail = async () => {
      webhooks.state.wakes.length = 0;
      await webhooks.outbox.run([followedEvent(set.owner, webhooks.state.now)], []);
      await webhooks.consume(webhooks.state.wakes.map(({ id }) => id));
    };
    await webhooks.consume([set.id]);
    return { ...set, box, fail };
  };

  it("is disabled after 5 days, and its owner gets one mail, in both languages", async () => {
    const webhooks = newWebhooks();
    const { owner, endpoint, endpointNow, fail } = await failing(webhooks);
    for (let day = 0; day < 4; day++) {
      webhooks.state.now += DAY;
      await fail();
    }
    expect(await endpointNow()).toMatchObject({ disabledReason: null });
    webhooks.state.now += DAY;
    await fail();
    expect(await endpointNow()).toMatchObject({ disabledReason: "failing" });
    const mails = () => webhooks.state.mails.filter(({ to }) => to === owner.email);
    await webhooks.upkeep.mailOwners();
    await webhooks.upkeep.mailOwners();
    expect(mails()).toHaveLength(1);
    const [mail] = mails();
    expect(mail?.subject).toMatch(/停用.*switched off/);
    for (const text of [mail?.text, mail?.html]) {
      expect(text).toContain(owner.username);
      expect(text).toContain(endpoint.url);
      expect(text).toContain(endpoint.id);
    }
  });

  it("stays enabled after a success in between", async () => {
    const webhooks = newWebhooks();
    const { endpointNow, fail, box } = await failing(webhooks);
    webhooks.state.now += 2 * DAY;
    await box.answers({ status: 200 }, { status: 500 });
    await fail();
    expect(await endpointNow()).toMatchObject({ failingSince: null });
    for (let day = 0; day < 4; day++) {
      webhooks.state.now += DAY;
      await fail();
    }
    expect(await endpointNow()).toMatchObject({ disabledReason: null });
  });

  it("stays enabled when attempts are rare: one failure per week is not 5 days of failure", async () => {
    const webhooks = newWebhooks();
    const { endpointNow, fail } = await failing(webhooks);
    for (let week = 0; week < 3; week++) {
      webhooks.state.now += 7 * DAY;
      await fail();
    }
    expect(await endpointNow()).toMatchObject({ disabledReason: null, failingSince: webhooks.state.now });
  });

  it("starts counting again when its owner enables it", async () => {
    const webhooks = newWebhooks();
    const { owner, endpoint, endpointNow, fail, box } = await failing(webhooks);
    await box.answers({ status: 410 });
    await fail();
    await webhooks.upkeep.mailOwners();
    expect(webhooks.state.mails.filter(({ to }) => to === owner.email)).toHaveLength(1);
    await webhooks.endpoints.update(owner, endpoint.id, { enabled: true });
    expect(await endpointNow()).toMatchObject({ disabledReason: null, failingSince: null });
    await fail();
    await webhooks.upkeep.mailOwners();
    expect(webhooks.state.mails.filter(({ to }) => to === owner.email)).toHaveLength(2);
  });

  it("causes another mail when sending the mail failed", async () => {
    const webhooks = newWebhooks();
    const { owner, fail, box } = await failing(webhooks);
    await box.answers({ status: 410 });
    await fail();
    const { upkeep, state } = newWebhooks();
    state.now = webhooks.state.now;
    state.mails.push = () => {
      throw new Error("no mail today");
    };
    await upkeep.mailOwners();
    expect(state.reports).toContain("webhooks.mail_failed");
    await webhooks.upkeep.mailOwners();
    expect(webhooks.state.mails.map(({ to }) => to)).toContain(owner.email);
  });
});
