import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { LoopspaceClient } from "../../sdk/loopspace-js/src/index.ts";
import { startWebhookReceiver } from "../support/fakes/webhook-receiver.ts";
import { startServer, type TestServer } from "../support/server.ts";
import {
  type Account,
  type Consumer,
  newAccount,
  newConsumer,
  noiseWav,
  recharge,
  silentMp3,
  VARS,
} from "./sdk-js-consumer.ts";

const WITHIN = { timeout: 30_000, interval: 200 };

/** A red PNG of 8 by 8 pixels. */
const PNG = Buffer.from(
  "iVBORw0KGgoAAAANSUhEUgAAAAgAAAAICAIAAABLbSncAAAAEUlEQVR42mM4ISeHFTEMLQkAkL9BAc9woTwAAAAASUVORK5CYII=",
  "base64",
);
describe("calls of the JavaScript SDK", () => {
  let consumer: Consumer;
  let server: TestServer;
  /** The answers of the platform, each with the SDK's type for it. */
  const answers: { readonly type: string; readonly value: unknown }[] = [];
  const seen = <T>(type: string, value: T): T => {
    answers.push({ type, value });
    return value;
  };

  beforeAll(async () => {
    const vars = { ...VARS, LOOPSPACE_FREE_LIMIT: "100000" };
    [consumer, server] = await Promise.all([newConsumer(), startServer({ vars })]);
  });

  afterAll(async () => {
    consumer?.remove();
    await server?.stop();
  });

  const newClient = async (
    environment: "live" | "sandbox" = "live",
  ): Promise<{ client: LoopspaceClient; account: Account }> => {
    const account = await newAccount(server, environment);
    const client = new consumer.sdk.LoopspaceClient({ apiKey: account.key, baseUrl: server.origin });
    return { client, account };
  };

  const all = async <T>(items: AsyncIterable<T>): Promise<T[]> => {
    const found: T[] = [];
    for await (const item of items) found.push(item);
    return found;
  };

  it("upload a WAV, wait for its waveform, change it, find it, count a listener, delete it", async () => {
    const { client, account } = await newClient();
    const told: number[] = [];
    const bytes = noiseWav(400_000);
    const uploaded = await client.audio.upload({
      file: bytes,
      title: "我的新作品",
      description: "Noise, “loud”",
      tags: ["electronic", "a, comma"],
      genre: "Noise",
      onProgress: ({ loaded, total }) => {
        expect(total).toBe(bytes.length);
        told.push(loaded);
      },
    });
    seen("Audio", uploaded);
    expect(uploaded).toMatchObject({ title: "我的新作品", tags: ["electronic", "a, comma"], genre: "noise" });
    expect([told[0], told.at(-1)]).toEqual([0, bytes.length]);
    // Progress is reported for each piece that is written to the socket.
    expect(told.length).toBeGreaterThan(4);

    const ready = seen("Audio", await client.audio.waitUntilReady(uploaded.id));
    expect(ready.waveform).toHaveLength(200);
    expect(ready.duration).toBeCloseTo(400_000 / 2 / 44_100, 1);
    expect(ready.user).toMatchObject({ id: account.id, username: account.username });

    const changed = await client.audio.update(ready.id, { title: "Louder", tags: [] });
    expect(changed).toMatchObject({ title: "Louder", tags: [], description: "Noise, “loud”" });
    await client.audio.update(ready.id, { tags: ["a, comma"] });
    const filters = { genre: "noise", tags: ["a, comma"] };
    const found = seen("Page<AudioItem>", await client.audio.search("loud", filters, { limit: 5 }));
    expect(found).toMatchObject({ data: [{ id: ready.id }], page: 1, limit: 5, total: 1, hasMore: false });
    expect((await client.audio.search("loud", { tags: ["other"] })).data).toEqual([]);
    expect(await all(client.audio.searchAll("loud", filters))).toHaveLength(1);
    expect((await client.audio.getPopular({ genre: "noise" })).data).toMatchObject([{ id: ready.id }]);
    expect(await all(client.audio.popular({ genre: "noise" }))).toHaveLength(1);
    const genres = await client.audio.getGenres();
    expect(seen("Genre[]", genres)).toContainEqual({ genre: "noise", tracksCount: 1 });
    expect(await client.audio.recordPlay(ready.id)).toEqual({ playsCount: 1 });
    expect(await client.audio.recordPlay(ready.id)).toEqual({ playsCount: 1 });

    await client.audio.delete(ready.id);
    await expect(client.audio.get(ready.id)).rejects.toMatchObject({
      name: "LoopspaceError",
      code: "NOT_FOUND",
      status: 404,
      requestId: expect.stringMatching(/^req_/),
    });
  });

  it("upload an MP3, sell it, and give the buyer the same bytes", async () => {
    const [seller, buyer] = [await newClient(), await newClient()];
    const file = new File([silentMp3(100)], "silence.mp3");
    const { id } = await seller.client.audio.upload({ file, price: 20 });
    const track = await seller.client.audio.waitUntilReady(id);
    expect(track).toMatchObject({
      title: "silence",
      price: 20,
      metadata: { bitrate: 128, sampleRate: 44_100 },
    });

    await expect(buyer.client.audio.download(id)).rejects.toMatchObject({ code: "FORBIDDEN" });
    await expect(buyer.client.audio.purchase(id, { price: 10 })).rejects.toMatchObject({
      code: "PRICE_CHANGED",
    });
    await expect(buyer.client.audio.purchase(id, { price: 20 })).rejects.toMatchObject({
      code: "INSUFFICIENT_CREDITS",
      message: expect.stringContaining("credits that were given"),
    });
    await recharge(server, buyer.account);
    const bought = seen("Purchase", await buyer.client.audio.purchase(id, { price: 20 }));
    expect(bought).toMatchObject({ audioId: id, price: 20 });
    expect((await buyer.client.audio.purchase(id)).id).toBe(bought.id);
    expect(await all(buyer.client.audio.purchases())).toMatchObject([{ id: bought.id }]);
    expect((await buyer.client.audio.getPurchases()).total).toBe(1);
    const answer = await buyer.client.audio.download(id);
    expect(Buffer.from(await answer.arrayBuffer()).equals(Buffer.from(silentMp3(100)))).toBe(true);
    expect((await fetch(bought.downloadUrl)).status).toBe(200);
  });

  it("report errors in a file, and the failure of a broken one", async () => {
    const { client } = await newClient();
    await expect(client.audio.upload({ file: new Blob(["no sound at all"]) })).rejects.toMatchObject({
      code: "UNSUPPORTED_FORMAT",
      status: 415,
    });
    // A FLAC file without frames but with a valid header: 192 samples a frame, 44.1 kHz, one channel of 20 bits.
    const broken = new Uint8Array(20_000);
    broken.set([0x66, 0x4c, 0x61, 0x43, 0x80, 0, 0, 34]);
    broken.set([0, 192, 0, 192, 0, 0, 0, 0, 0, 0, 0x0a, 0xc4, 0x41, 0x30], 8);
    const { id } = await client.audio.upload({ file: broken });
    await expect(client.audio.waitUntilReady(id)).rejects.toMatchObject({ code: "PROCESSING_FAILED" });
    seen("Audio", await client.audio.get(id));
  });

  it("iterate over lists of several pages, and request no page after the caller stops", async () => {
    const { client, account } = await newClient();
    const titles = Array.from({ length: 105 }, (_, i) => `track ${i}`);
    const file = new Blob([noiseWav(2_000)]);
    for (let i = 0; i < titles.length; i += 7)
      await Promise.all(titles.slice(i, i + 7).map((title) => client.audio.upload({ file, title })));
    const page = seen("Page<AudioItem>", await client.users.getTracks("me", { page: 3, limit: 50 }));
    expect(page).toMatchObject({ page: 3, limit: 50, total: 105, hasMore: false });
    expect(page.data).toHaveLength(5);
    const found = await all(client.users.tracks(account.id));
    expect(found.map(({ title }) => title).toSorted()).toEqual(titles.toSorted());

    let asked = 0;
    const counting = new consumer.sdk.LoopspaceClient({
      apiKey: account.key,
      baseUrl: server.origin,
      fetch: (input, init) => {
        asked++;
        return fetch(input, init);
      },
    });
    for await (const { id } of counting.users.tracks("me")) {
      expect(id).toMatch(/^audio_/);
      break;
    }
    expect(asked).toBe(1);
  });

  it("follow users idempotently, and set a picture", async () => {
    const [one, other] = [await newClient(), await newClient()];
    await one.client.users.follow(other.account.id);
    const followed = seen("User", await one.client.users.follow(other.account.id));
    expect(followed).toMatchObject({ isFollowing: true, stats: { followersCount: 1 } });
    expect(await all(other.client.users.followers("me"))).toMatchObject([{ id: one.account.id }]);
    expect(await all(one.client.users.following("me"))).toMatchObject([{ id: other.account.id }]);
    const page = seen("Page<User>", await other.client.users.getFollowers("me", { limit: 1 }));
    expect(page).toMatchObject({ total: 1, hasMore: false });
    expect((await one.client.users.getFollowing(one.account.id)).total).toBe(1);
    await one.client.users.unfollow(other.account.id);
    expect(await one.client.users.unfollow(other.account.id)).toMatchObject({ isFollowing: false });

    const pictured = seen("User", await one.client.users.setAvatar(PNG));
    expect((await fetch(pictured.avatar ?? "")).headers.get("content-type")).toMatch(/^image\//);
    expect(await one.client.users.get(one.account.id)).toMatchObject({ avatar: pictured.avatar });
  });

  it("read as a guest, as an application's user, and in the sandbox", async () => {
    const { client, account } = await newClient();
    const { id } = await client.audio.upload({ file: noiseWav(4_000), title: "open" });
    await client.audio.waitUntilReady(id);
    const clientOf = (options: object) =>
      new consumer.sdk.LoopspaceClient({ baseUrl: server.origin, ...options });
    const guest = clientOf({ apiKey: null });
    expect(await guest.audio.get(id)).toMatchObject({ title: "open" });
    await expect(guest.users.me()).rejects.toMatchObject({ code: "UNAUTHORIZED" });
    let asked = 0;
    const accessToken = async () => {
      asked++;
      return account.token;
    };
    expect((await clientOf({ accessToken }).users.me()).id).toBe(account.id);
    expect(asked).toBe(1);
    expect((await clientOf({ accessToken: account.token }).users.me()).id).toBe(account.id);
    const sandbox = (await newClient("sandbox")).client;
    await expect(sandbox.audio.get(id)).rejects.toMatchObject({ code: "NOT_FOUND" });
  });

  it("manage webhooks, and verify deliveries", async () => {
    const receiver = await startWebhookReceiver();
    const box = async () => (await fetch(`${receiver.origin}/__received/sdk`)).json() as Promise<Sent[]>;
    const { client } = await newClient();
    const events = ["user.followed", "audio.uploaded"] as const;
    const url = `${receiver.origin}/hooks/sdk`;
    const webhook = seen("WebhookWithSecret", await client.webhooks.create({ url, events }));
    const rotated = await client.webhooks.rotateSecret(webhook.id, { overlapHours: 1 });
    const sent = seen("DeliveryWithPayload", await client.webhooks.sendExample(webhook.id, "user.followed"));
    await expect
      .poll(async () => (await client.webhooks.getDelivery(sent.id)).status, WITHIN)
      .toBe("delivered");
    const [got] = await box();
    // Both secrets sign for an hour.
    for (const secret of [webhook.secret, rotated.secret])
      expect(await consumer.sdk.verifyWebhook(got?.body ?? "", got?.headers ?? {}, secret)).toEqual(
        sent.payload,
      );

    await client.webhooks.redeliver(sent.id);
    await expect.poll(async () => (await box()).length, WITHIN).toBe(2);
    // The result is stored shortly after the delivery arrives.
    await expect
      .poll(async () => (await client.webhooks.getDelivery(sent.id)).status, WITHIN)
      .toBe("delivered");
    const deliveries = await client.webhooks.getDeliveries(webhook.id, { status: "delivered" });
    expect(seen("Page<Delivery>", deliveries).data).toMatchObject([{ id: sent.id }]);
    expect(await all(client.webhooks.deliveries(webhook.id))).toHaveLength(1);
    const since = new Date(Date.now() - 3_600_000);
    expect(await client.webhooks.recover(webhook.id, since)).toEqual({ requeued: 0, hasMore: false });
    const off = seen("Webhook", await client.webhooks.update(webhook.id, { enabled: false }));
    expect(off).toMatchObject({ enabled: false, disabledReason: "owner" });
    expect((await client.webhooks.getAll()).data).toEqual([off]);
    expect(await all(client.webhooks.all())).toEqual([await client.webhooks.get(webhook.id)]);
    await client.webhooks.delete(webhook.id);
    expect((await client.webhooks.getAll()).total).toBe(0);
    receiver.stop();
  });

  it("return exactly the fields that the types declare", async () => {
    expect(new Set(answers.map(({ type }) => type)).size).toBe(10);
    const types = [...new Set(answers.map(({ type }) => type.replace(/\[\]$|^Page<|>$/g, "")))];
    const constants = answers.map(
      // TypeScript refuses fields in a literal that the type does not declare.
      ({ type, value }, i) => `export const answer${i}: ${type} = ${JSON.stringify(value, null, 1)};`,
    );
    const source = [`import type { Page, ${types.join(", ")} } from "@loopspace/sdk";`, ...constants].join(
      "\n",
    );
    const options = { module: "NodeNext", types: [] };
    expect(await consumer.typeCheck("answers.mts", source, options)).toBe("");
  });
});

interface Sent {
  readonly headers: Record<string, string>;
  readonly body: string;
}
