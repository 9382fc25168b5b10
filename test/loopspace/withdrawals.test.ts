import { env } from "cloudflare:workers";
import { beforeAll, describe, expect, it } from "vitest";
import { type AudioWire, audioOf, insertTracks, newTrack, type PageWire } from "../support/audio.ts";
import { request, requestJson } from "../support/http.ts";
import { as, loopspaceId, newBuyer, newKey, newUser, type SoraUser, withKey } from "../support/loopspace.ts";

interface PurchaseWire {
  readonly id: string;
  readonly audioId: string;
  readonly downloadUrl: string;
}

const buy = (user: SoraUser, id: string) =>
  requestJson<PurchaseWire>(`/api/v1/audio/${id}/purchase`, as(user, "POST"));
const remove = (user: SoraUser, id: string) => request(`/api/v1/audio/${id}`, as(user, "DELETE"));
const balanceOf = async (user: SoraUser): Promise<number> =>
  (await requestJson<{ balance: number }>("/api/credits/balance", as(user))).body.balance;
const boughtBy = async (init: RequestInit) =>
  (await requestJson<PageWire<PurchaseWire>>("/api/v1/audio/purchases", init)).body;
const objectOf = async (id: string): Promise<string> => {
  const row = await env.DB.prepare("SELECT key FROM audio_tracks WHERE id = ?").bind(id).first();
  return row?.key as string;
};

describe("a track that was sold and is deleted", () => {
  let seller: SoraUser;
  let buyer: SoraUser;
  let track: AudioWire;
  beforeAll(async () => {
    [seller, buyer] = [await newUser(), await newBuyer()];
    track = await newTrack(seller, { title: "withdrawn song", price: "20", genre: "withdrawn" });
    expect((await buy(buyer, track.id)).status).toBe(201);
    expect((await remove(seller, track.id)).status).toBe(204);
  });

  it("disappears for its owner and others, from every list and figure", async () => {
    for (const who of [undefined, seller.token]) expect((await audioOf(track.id, who)).status).toBe(404);
    expect((await request(`/loopspace/tracks/${track.id}`)).status).toBe(404);
    for (const path of ["popular?genre=withdrawn", "search?query=withdrawn"])
      expect((await requestJson(`/api/v1/audio/${path}`)).body).toMatchObject({ data: [], total: 0 });
    expect((await requestJson("/api/v1/users/me/tracks", as(seller))).body).toMatchObject({
      data: [],
      total: 0,
    });
    const listed = await requestJson(`/api/v1/users/${loopspaceId(seller)}/tracks`, as(buyer));
    expect(listed.body).toMatchObject({ data: [], total: 0 });
    const profile = await requestJson<{ stats: Record<string, number> }>("/api/v1/users/me", as(seller));
    expect(profile.body.stats).toMatchObject({ tracksCount: 0, playsCount: 0 });
    const { body } = await requestJson<{ data: { genre: string }[] }>("/api/v1/audio/genres");
    expect(body.data.map(({ genre }) => genre)).not.toContain("withdrawn");
  });

  it("accepts no change, second deletion or purchase, and does not reappear", async () => {
    for (const change of [{ visibility: "public" }, { title: "back" }]) {
      const answer = await request(`/api/v1/audio/${track.id}`, as(seller, "PATCH", change));
      expect(answer.status).toBe(404);
    }
    expect((await remove(seller, track.id)).status).toBe(404);
    expect((await buy(await newUser(), track.id)).status).toBe(404);
    expect((await audioOf(track.id, buyer.token)).body).toMatchObject({
      title: "withdrawn song",
      visibility: "private",
    });
  });

  it("stays available to its buyers, in their list and as a file", async () => {
    const bought = await boughtBy(as(buyer));
    expect(bought).toMatchObject({ total: 1, data: [{ audioId: track.id }] });
    expect((await request(bought.data[0]?.downloadUrl ?? "")).status).toBe(200);
    for (const part of ["download", "stream"]) {
      const file = await request(`/api/v1/audio/${track.id}/${part}`, as(buyer));
      expect([file.status, file.headers.get("content-length")]).toEqual([200, String(track.metadata.size)]);
      expect((await request(`/api/v1/audio/${track.id}/${part}`, as(seller))).status).toBe(404);
    }
    expect((await buy(buyer, track.id)).status).toBe(200);
    expect(await balanceOf(buyer)).toBe(130);
  });
});

describe("a track that is sold and deleted at the same moment", () => {
  it("is either bought and available, or neither", async () => {
    const seller = await newUser();
    for (let round = 0; round < 4; round++) {
      const buyer = await newBuyer();
      const track = await newTrack(seller, { price: "20" }, 1);
      const key = await objectOf(track.id);
      const first = round % 2 ? () => remove(seller, track.id) : () => buy(buyer, track.id);
      const second = round % 2 ? () => buy(buyer, track.id) : () => remove(seller, track.id);
      await Promise.all([first(), second()]);
      const { total } = await boughtBy(as(buyer));
      expect(await balanceOf(buyer)).toBe(total === 1 ? 130 : 150);
      expect((await request(`/api/v1/audio/${track.id}/download`, as(buyer))).status).toBe(
        total === 1 ? 200 : 404,
      );
      expect((await env.MEDIA.head(key)) !== null).toBe(total === 1);
      expect((await audioOf(track.id, seller.token)).status).toBe(404);
    }
  });
});

describe("a purchase", () => {
  it("stays in its environment, also when its track is gone", async () => {
    const [owner, buyer] = [await newUser(), await newUser()];
    const [ownerKey, buyerKey] = [
      await newKey(owner, { environment: "sandbox" }),
      await newKey(buyer, { environment: "sandbox" }),
    ];
    const track = await newTrack({ token: ownerKey.key }, { price: "10" }, 1);
    await requestJson(`/api/v1/audio/${track.id}/purchase`, withKey(buyerKey.key, "POST"));
    // Earlier versions deleted the row instead of withdrawing the track.
    await env.DB.prepare("DELETE FROM audio_tracks WHERE id = ?").bind(track.id).run();
    expect([(await boughtBy(withKey(buyerKey.key))).total, (await boughtBy(as(buyer))).total]).toEqual([
      1, 0,
    ]);
  });

  it("without an environment, from an earlier version, gets the right one by the migration", async () => {
    const [owner, buyer] = [await newUser(), await newUser()];
    const ids = await insertTracks(owner.id, [
      { title: "live" },
      { title: "sandbox", environment: "sandbox" },
      { title: "gone, live" },
      { title: "gone, sandbox", environment: "sandbox" },
    ]);
    await env.DB.batch(
      ids.map((id, i) =>
        env.DB.prepare(
          `INSERT INTO audio_purchases (id, audio_id, buyer_id, seller_id, price, created_at)
           SELECT ?1, ?2, id, 0, 1, ?3 FROM users WHERE uuid = ?4`,
        ).bind(`purchase_of_${i}_${id}`, id, i, buyer.id),
      ),
    );
    await env.DB.batch([
      env.DB.prepare("DELETE FROM audio_tracks WHERE title LIKE 'gone, %'"),
      env.DB.prepare(
        `INSERT INTO credit_entries (uuid, user_id, amount, balance, type, description, reference, created_at)
         SELECT ?1, id, -1, 49, 'CONSUME', '', ?2, 0 FROM users WHERE uuid = ?3`,
      ).bind(crypto.randomUUID(), `purchase:purchase_of_2_${ids[2]}`, buyer.id),
    ]);
    const migration = env.TEST_MIGRATIONS.find(({ name }) => name.startsWith("0011_"));
    const backfill = migration?.queries.find((query) => query.includes("UPDATE `audio_purchases`")) ?? "";
    await env.DB.prepare(backfill).run();
    const { results } = await env.DB.prepare(
      `SELECT environment FROM audio_purchases WHERE id LIKE 'purchase_of_%' ORDER BY created_at`,
    ).all<{ environment: string }>();
    expect(results.map(({ environment }) => environment)).toEqual(["live", "sandbox", "live", "sandbox"]);
  });
});

describe("the proceeds of a sale", () => {
  it("are in the wallet and not counted as given credits", async () => {
    const [seller, buyer] = [await newUser(), await newBuyer()];
    const track = await newTrack(seller, { price: "20" }, 1);
    await buy(buyer, track.id);
    const { body } = await requestJson<{ data: Record<string, number> }>(
      "/api/v1/user/compute-power",
      as(seller),
    );
    expect(body.data).toMatchObject({ total: 70, used: 0, remaining: 70, gifted: 0 });
  });
});
