import { env } from "cloudflare:workers";
import { beforeAll, describe, expect, it } from "vitest";
import { analyseAudio } from "../../src/products/loopspace/domain/analysis/index.ts";
import { type AudioWire, audioOf, newTrack, type PageWire, upload, uploadForm } from "../support/audio.ts";
import { encodeWithFfmpeg, hasFfmpeg, inMemory } from "../support/audio-files.ts";
import { eventually, request, requestJson } from "../support/http.ts";
import { as, newBuyer, newKey, newUser, type Refusal, type SoraUser, withKey } from "../support/loopspace.ts";
import { newApp, newTokens } from "../support/oauth.ts";

interface PurchaseWire {
  readonly id: string;
  readonly audioId: string;
  readonly price: number;
  readonly downloadUrl: string;
}

const balanceOf = async (user: SoraUser): Promise<number> =>
  (await requestJson<{ balance: number }>("/api/credits/balance", as(user))).body.balance;
const buy = <T = PurchaseWire>(user: SoraUser, id: string, body?: object) =>
  requestJson<T>(`/api/v1/audio/${id}/purchase`, as(user, "POST", body));

/** Uploads an M4A file from ffmpeg, with the index at its end. Returns undefined when ffmpeg is not installed. */
const uploadedM4a = async (owner: SoraUser): Promise<AudioWire | undefined> => {
  if (!(await hasFfmpeg())) return undefined;
  const tone = ["-f", "lavfi", "-i", "sine=f=440:r=44100:d=12", "-c:a", "aac"];
  const file = await encodeWithFfmpeg({ name: "tone.m4a", args: tone });
  const { body } = await upload(owner.token, uploadForm(file, { price: "5" }, "tone.m4a"));
  await eventually(async () => (await audioOf(body.id, owner.token)).body.status === "ready");
  return (await audioOf(body.id, owner.token)).body;
};

let seller: SoraUser;
let track: AudioWire;
beforeAll(async () => {
  seller = await newUser();
  // Longer than the preview of a priced track.
  track = await newTrack(seller, { title: "Priced", price: "20" }, 90);
});

describe("buying a track", () => {
  it("moves its price from the buyer to the seller, and allows the download", async () => {
    const buyer = await newBuyer();
    const before = await balanceOf(seller);
    expect((await audioOf(track.id, buyer.token)).body).toMatchObject({
      downloadUrl: null,
      purchased: false,
    });
    expect((await request(`/api/v1/audio/${track.id}/download`, as(buyer))).status).toBe(403);
    const { status, body } = await buy(buyer, track.id, { price: 20 });
    expect([status, body]).toEqual([201, expect.objectContaining({ audioId: track.id, price: 20 })]);
    expect([await balanceOf(buyer), await balanceOf(seller)]).toEqual([130, before + 20]);
    expect((await request(`/api/v1/audio/${track.id}/download`, as(buyer))).status).toBe(200);
    expect((await request(body.downloadUrl)).status).toBe(200);
    expect((await audioOf(track.id, buyer.token)).body.purchased).toBe(true);
    const bought = await requestJson<PageWire<PurchaseWire>>("/api/v1/audio/purchases", as(buyer));
    expect(bought.body).toMatchObject({ total: 1, data: [{ id: body.id }] });
  });

  it("charges once, also when it is repeated or sent concurrently", async () => {
    const buyer = await newBuyer();
    const before = await balanceOf(seller);
    const tries = await Promise.all(Array.from({ length: 8 }, () => buy(buyer, track.id)));
    expect(tries.map(({ status }) => status).toSorted()).toEqual([200, 200, 200, 200, 200, 200, 200, 201]);
    expect(new Set(tries.map(({ body }) => body.id)).size).toBe(1);
    expect([await balanceOf(buyer), await balanceOf(seller)]).toEqual([130, before + 20]);
  });

  it("charges the current price, ignores a price from the client, and never overdraws the balance", async () => {
    const buyer = await newBuyer();
    const other = await buy<Refusal>(buyer, track.id, { price: 1 });
    expect([other.status, other.body.error.code]).toEqual([409, "PRICE_CHANGED"]);
    const dear = await newTrack(seller, { price: "101" });
    const poor = await buy<Refusal>(buyer, dear.id);
    expect([poor.status, poor.body.error.code]).toEqual([402, "INSUFFICIENT_CREDITS"]);
    expect((await audioOf(dear.id, buyer.token)).body).toMatchObject({
      purchased: false,
      stats: { salesCount: 0 },
    });
    expect(await balanceOf(buyer)).toBe(150);
  });

  it("is refused for one's own track, a free track, and an invisible track", async () => {
    const buyer = await newBuyer();
    expect((await buy(seller, track.id)).status).toBe(409);
    const free = await newTrack(seller);
    expect((await buy(buyer, free.id)).status).toBe(409);
    const hidden = await newTrack(seller, { price: "1", visibility: "private" });
    expect((await buy(buyer, hidden.id)).status).toBe(404);
    expect((await request(`/api/v1/audio/${track.id}/purchase`, { method: "POST" })).status).toBe(401);
    expect(await balanceOf(buyer)).toBe(150);
  });

  it("keeps a purchased track available when its owner hides it", async () => {
    const buyer = await newBuyer();
    const mine = await newTrack(seller, { price: "5" });
    await buy(buyer, mine.id);
    await request(`/api/v1/audio/${mine.id}`, as(seller, "PATCH", { visibility: "private", price: 50 }));
    expect((await request(`/api/v1/audio/${mine.id}/download`, as(buyer))).status).toBe(200);
    expect((await buy(buyer, mine.id)).status).toBe(200);
    expect(await balanceOf(buyer)).toBe(145);
  });

  it("moves no credits in the sandbox", async () => {
    const [owner, buyer] = [await newUser(), await newUser()];
    const [ownerKey, buyerKey] = [
      await newKey(owner, { environment: "sandbox" }),
      await newKey(buyer, { environment: "sandbox" }),
    ];
    const mine = await newTrack({ token: ownerKey.key }, { price: "10" });
    const bought = await requestJson(`/api/v1/audio/${mine.id}/purchase`, withKey(buyerKey.key, "POST"));
    expect(bought.status).toBe(201);
    expect([await balanceOf(owner), await balanceOf(buyer)]).toEqual([50, 50]);
    const list = async (init: RequestInit) =>
      (await requestJson<PageWire<PurchaseWire>>("/api/v1/audio/purchases", init)).body.total;
    expect([await list(withKey(buyerKey.key)), await list(as(buyer))]).toEqual([1, 0]);
  });
});

describe("given credits", () => {
  it("cannot buy a track, and the refusal names the rule and the balance", async () => {
    const fresh = await newUser();
    const before = await balanceOf(seller);
    const { status, body } = await buy<Refusal>(fresh, track.id);
    expect([status, body.error.code]).toEqual([402, "INSUFFICIENT_CREDITS"]);
    expect(body.error.message).toContain(
      "the track costs 20 and the account has 0 that were bought or earned",
    );
    expect(body.error.message).toContain("credits that were given");
    expect([await balanceOf(fresh), await balanceOf(seller)]).toEqual([50, before]);
    expect((await audioOf(track.id, fresh.token)).body.purchased).toBe(false);
  });

  it("stay given, while credits from a sale can buy tracks", async () => {
    const [dealer, fan] = [await newUser(), await newBuyer()];
    const mine = await newTrack(dealer, { price: "20" }, 1);
    expect((await buy(fan, mine.id)).status).toBe(201);
    expect(await balanceOf(dealer)).toBe(70);
    expect((await buy(dealer, track.id)).status).toBe(201);
    expect((await buy(dealer, (await newTrack(seller, { price: "1" }, 1)).id)).status).toBe(402);
    expect(await balanceOf(dealer)).toBe(50);
  });

  it("are spent first by generation, so that both kinds stay separate", async () => {
    const buyer = await newBuyer();
    const made = await request(
      "/api/videos/generate",
      as(buyer, "POST", { prompt: "rain on a roof", duration: 5 }),
    );
    expect(made.status).toBeLessThan(300);
    const { results } = await env.DB.prepare(
      `SELECT balance, given FROM credit_entries AS e JOIN users AS u ON u.id = e.user_id WHERE u.uuid = ?
       ORDER BY e.id`,
    )
      .bind(buyer.id)
      .all();
    const spent = 150 - Number(results.at(-1)?.balance);
    expect(spent).toBeGreaterThan(0);
    expect(results.map(({ given }) => given)).toEqual([50, 50, 50 - spent]);
  });

  it("and other credits are never overdrawn by concurrent purchases", async () => {
    const buyer = await newBuyer();
    const dear = await Promise.all(Array.from({ length: 6 }, () => newTrack(seller, { price: "30" }, 1)));
    const statuses = (await Promise.all(dear.map(({ id }) => buy(buyer, id)))).map(({ status }) => status);
    expect(statuses.toSorted()).toEqual([201, 201, 201, 402, 402, 402]);
    expect(await balanceOf(buyer)).toBe(60);
  });
});

describe("an application or an API key that buys", () => {
  const buyWith = (token: string) =>
    requestJson<Refusal & PurchaseWire>(`/api/v1/audio/${track.id}/purchase`, withKey(token, "POST"));

  it("needs the scope purchases: audio:write does not allow spending", async () => {
    const buyer = await newBuyer();
    const others = "audio:read audio:write users:read users:write webhooks";
    const { access_token } = await newTokens(await newApp(), buyer, { scope: others });
    const key = await newKey(buyer, { scopes: others.split(" ") });
    for (const token of [access_token, key.key]) {
      const { status, body, headers } = await buyWith(token);
      expect([status, body.error.code]).toEqual([403, "INSUFFICIENT_SCOPE"]);
      expect(headers.get("www-authenticate")).toContain('scope="purchases"');
    }
    expect(await balanceOf(buyer)).toBe(150);
  });

  it("may spend with that scope, in the user's name", async () => {
    const [buyer, other] = [await newBuyer(), await newBuyer()];
    const { access_token } = await newTokens(await newApp(), buyer, { scope: "purchases" });
    const key = await newKey(other, { scopes: ["purchases"] });
    expect((await buyWith(access_token)).status).toBe(201);
    expect((await buyWith(key.key)).status).toBe(201);
    expect([await balanceOf(buyer), await balanceOf(other)]).toEqual([130, 130]);
  });
});

describe("a priced track", () => {
  it("plays only its preview without a purchase, for any range that is requested", async () => {
    const guest = await request((await audioOf(track.id)).body.streamUrl);
    const heard = Number(guest.headers.get("content-length"));
    const size = Number(track.metadata.size);
    expect(heard).toBeLessThan(size);
    expect(heard).toBeGreaterThan(size / 3);
    expect((await guest.arrayBuffer()).byteLength).toBe(heard);
    expect(guest.headers.get("etag")).toBeNull();
    const rest = await request(`/api/v1/audio/${track.id}/stream`, { headers: { range: `bytes=${heard}-` } });
    expect(rest.status).toBe(416);
    const tail = await request(`/api/v1/audio/${track.id}/stream`, { headers: { range: "bytes=-10" } });
    expect(tail.headers.get("content-range")).toBe(`bytes ${heard - 10}-${heard - 1}/${heard}`);
    const own = await request((await audioOf(track.id, seller.token)).body.streamUrl);
    expect(Number(own.headers.get("content-length"))).toBe(size);
  });

  it("has a preview of half its length when it is short, and the answer states the length", async () => {
    const short = await newTrack(seller, { price: "5" }, 4);
    const { body } = await audioOf(short.id);
    expect(body.previewDuration).toBe(2);
    const heard = await request(body.streamUrl);
    expect(Number(heard.headers.get("content-length"))).toBe(44 + (Number(short.metadata.size) - 44) / 2);
    expect((await audioOf(track.id)).body.previewDuration).toBe(30);
    expect((await audioOf(short.id, seller.token)).body.previewDuration).toBeNull();
    const free = await newTrack(seller, {}, 1);
    expect((await audioOf(free.id)).body.previewDuration).toBeNull();
  });

  it("refuses to stream without a purchase when it has no preview", async () => {
    const mine = await newTrack(seller, { price: "5" }, 1);
    const silent = "UPDATE audio_tracks SET preview_ms = NULL, preview_bytes = NULL WHERE id = ?";
    await env.DB.prepare(silent).bind(mine.id).run();
    const { body } = await audioOf(mine.id);
    expect(body.previewDuration).toBe(0);
    const refused = await requestJson<Refusal>(`/api/v1/audio/${mine.id}/stream`);
    expect([refused.status, refused.body.error.code]).toEqual([403, "FORBIDDEN"]);
    expect((await request(`/api/v1/audio/${mine.id}/stream`, as(seller))).status).toBe(200);
  });

  it("has its preview as a separate object when its file cannot be cut", async () => {
    const m4a = await uploadedM4a(seller);
    if (!m4a) return;
    const { body } = await audioOf(m4a.id);
    expect(body.previewDuration).toBeGreaterThan(5.9);
    expect(body.previewDuration).toBeLessThanOrEqual(6.1);
    const heard = await request(body.streamUrl);
    expect([heard.status, heard.headers.get("content-type")]).toEqual([200, "audio/mp4"]);
    const part = new Uint8Array(await heard.arrayBuffer());
    expect(part.length).toBeLessThan(Number(m4a.metadata.size));
    expect(await analyseAudio(inMemory(part))).toMatchObject({ ok: true, value: { format: "m4a" } });
    const previews = async () => (await env.MEDIA.list({ prefix: "audio-previews/" })).objects.length;
    const before = await previews();
    expect((await request(`/api/v1/audio/${m4a.id}`, as(seller, "DELETE"))).status).toBe(204);
    expect(await previews()).toBe(before - 1);
  });

  it("has a balanced ledger", async () => {
    const { results } = await env.DB.prepare(
      `SELECT sum(amount) AS sum FROM credit_entries WHERE reference LIKE 'purchase:%' OR reference LIKE 'sale:%'`,
    ).all();
    expect(results).toEqual([{ sum: 0 }]);
  });
});
