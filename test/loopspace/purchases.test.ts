import { env } from "cloudflare:workers";
import { beforeAll, describe, expect, it } from "vitest";
import { type AudioWire, audioOf, newTrack, type PageWire } from "../support/audio.ts";
import { ask, askJson } from "../support/http.ts";
import { as, newKey, newUser, type Refusal, type SoraUser, withKey } from "../support/loopspace.ts";

interface PurchaseWire {
  readonly id: string;
  readonly audioId: string;
  readonly price: number;
  readonly downloadUrl: string;
}

const balanceOf = async (user: SoraUser): Promise<number> =>
  (await askJson<{ balance: number }>("/api/credits/balance", as(user))).body.balance;
const buy = <T = PurchaseWire>(user: SoraUser, id: string, body?: object) =>
  askJson<T>(`/api/v1/audio/${id}/purchase`, as(user, "POST", body));

let seller: SoraUser;
let track: AudioWire;
beforeAll(async () => {
  seller = await newUser();
  // Longer than what may be heard before it is bought.
  track = await newTrack(seller, { title: "Priced", price: "20" }, 90);
});

describe("buying a track", () => {
  it("moves its price from the buyer to the seller, and opens the download", async () => {
    const buyer = await newUser();
    const before = await balanceOf(seller);
    expect((await audioOf(track.id, buyer.token)).body).toMatchObject({
      downloadUrl: null,
      purchased: false,
    });
    expect((await ask(`/api/v1/audio/${track.id}/download`, as(buyer))).status).toBe(403);
    const { status, body } = await buy(buyer, track.id, { price: 20 });
    expect([status, body]).toEqual([201, expect.objectContaining({ audioId: track.id, price: 20 })]);
    expect([await balanceOf(buyer), await balanceOf(seller)]).toEqual([30, before + 20]);
    expect((await ask(`/api/v1/audio/${track.id}/download`, as(buyer))).status).toBe(200);
    expect((await ask(body.downloadUrl)).status).toBe(200);
    expect((await audioOf(track.id, buyer.token)).body.purchased).toBe(true);
    const bought = await askJson<PageWire<PurchaseWire>>("/api/v1/audio/purchases", as(buyer));
    expect(bought.body).toMatchObject({ total: 1, data: [{ id: body.id }] });
  });

  it("happens once, however often and at once it is asked", async () => {
    const buyer = await newUser();
    const before = await balanceOf(seller);
    const tries = await Promise.all(Array.from({ length: 8 }, () => buy(buyer, track.id)));
    expect(tries.map(({ status }) => status).toSorted()).toEqual([200, 200, 200, 200, 200, 200, 200, 201]);
    expect(new Set(tries.map(({ body }) => body.id)).size).toBe(1);
    expect([await balanceOf(buyer), await balanceOf(seller)]).toEqual([30, before + 20]);
  });

  it("costs what it costs now: not what a client says, nor more than there is", async () => {
    const buyer = await newUser();
    const other = await buy<Refusal>(buyer, track.id, { price: 1 });
    expect([other.status, other.body.error.code]).toEqual([409, "PRICE_CHANGED"]);
    const dear = await newTrack(seller, { price: "51" });
    const poor = await buy<Refusal>(buyer, dear.id);
    expect([poor.status, poor.body.error.code]).toEqual([402, "INSUFFICIENT_CREDITS"]);
    expect((await audioOf(dear.id, buyer.token)).body).toMatchObject({
      purchased: false,
      stats: { salesCount: 0 },
    });
    expect(await balanceOf(buyer)).toBe(50);
  });

  it("is refused for one's own track, for a free one, and for one that cannot be seen", async () => {
    const buyer = await newUser();
    expect((await buy(seller, track.id)).status).toBe(409);
    const free = await newTrack(seller);
    expect((await buy(buyer, free.id)).status).toBe(409);
    const hidden = await newTrack(seller, { price: "1", visibility: "private" });
    expect((await buy(buyer, hidden.id)).status).toBe(404);
    expect((await ask(`/api/v1/audio/${track.id}/purchase`, { method: "POST" })).status).toBe(401);
    expect(await balanceOf(buyer)).toBe(50);
  });

  it("keeps what was bought within reach when its owner hides it", async () => {
    const buyer = await newUser();
    const mine = await newTrack(seller, { price: "5" });
    await buy(buyer, mine.id);
    await ask(`/api/v1/audio/${mine.id}`, as(seller, "PATCH", { visibility: "private", price: 50 }));
    expect((await ask(`/api/v1/audio/${mine.id}/download`, as(buyer))).status).toBe(200);
    expect((await buy(buyer, mine.id)).status).toBe(200);
    expect(await balanceOf(buyer)).toBe(45);
  });

  it("moves no credits in the sandbox", async () => {
    const [owner, buyer] = [await newUser(), await newUser()];
    const [ownerKey, buyerKey] = [
      await newKey(owner, { environment: "sandbox" }),
      await newKey(buyer, { environment: "sandbox" }),
    ];
    const mine = await newTrack({ token: ownerKey.key }, { price: "10" });
    const bought = await askJson(`/api/v1/audio/${mine.id}/purchase`, withKey(buyerKey.key, "POST"));
    expect(bought.status).toBe(201);
    expect([await balanceOf(owner), await balanceOf(buyer)]).toEqual([50, 50]);
    const list = async (init: RequestInit) =>
      (await askJson<PageWire<PurchaseWire>>("/api/v1/audio/purchases", init)).body.total;
    expect([await list(withKey(buyerKey.key)), await list(as(buyer))]).toEqual([1, 0]);
  });
});

describe("a priced track", () => {
  it("plays its beginning to who has not bought it, and no more however it is asked for", async () => {
    const guest = await ask((await audioOf(track.id)).body.streamUrl);
    const heard = Number(guest.headers.get("content-length"));
    const size = Number(track.metadata.size);
    expect(heard).toBeLessThan(size);
    expect(heard).toBeGreaterThan(size / 3);
    expect((await guest.arrayBuffer()).byteLength).toBe(heard);
    expect(guest.headers.get("etag")).toBeNull();
    const rest = await ask(`/api/v1/audio/${track.id}/stream`, { headers: { range: `bytes=${heard}-` } });
    expect(rest.status).toBe(416);
    const tail = await ask(`/api/v1/audio/${track.id}/stream`, { headers: { range: "bytes=-10" } });
    expect(tail.headers.get("content-range")).toBe(`bytes ${heard - 10}-${heard - 1}/${heard}`);
    const own = await ask((await audioOf(track.id, seller.token)).body.streamUrl);
    expect(Number(own.headers.get("content-length"))).toBe(size);
  });

  it("has a ledger that adds up", async () => {
    const { results } = await env.DB.prepare(
      `SELECT sum(amount) AS sum FROM credit_entries WHERE reference LIKE 'purchase:%' OR reference LIKE 'sale:%'`,
    ).all();
    expect(results).toEqual([{ sum: 0 }]);
  });
});
