import { env } from "cloudflare:workers";
import { beforeAll, describe, expect, it } from "vitest";
import { Social } from "../../src/core/social/index.ts";
import { Outbox } from "../../src/core/webhooks/index.ts";
import { type Database, primary } from "../../src/platform/db/client.ts";
import { newMeter } from "../../src/platform/meter.ts";
import { AudioCatalog } from "../../src/products/loopspace/domain/index.ts";
import { toPage } from "../../src/products/loopspace/operations/to-page.ts";
import { type AudioWire, insertTracks, type PageWire } from "../support/audio.ts";
import { request, requestJson } from "../support/http.ts";
import { as, loopspaceId, newUser, type Refusal, type SoraUser } from "../support/loopspace.ts";

type Page = PageWire<AudioWire>;
const list = async (path: string, init?: RequestInit): Promise<Page> =>
  (await requestJson<Page>(`/api/v1/${path}`, init)).body;
const titles = ({ data }: Page): string[] => data.map(({ title }) => title);

const WEEK = 7 * 86_400_000;

let artist: SoraUser;
beforeAll(async () => {
  artist = await newUser();
});

describe("popular tracks", () => {
  it("are sorted by heat: twice the plays outweigh three weeks of age", async () => {
    const now = Date.now();
    await insertTracks(artist.id, [
      { title: "new", genre: "heat" },
      { title: "old and loved", genre: "heat", plays: 99, createdAt: now - 9 * WEEK },
      { title: "old", genre: "heat", createdAt: now - 9 * WEEK },
      { title: "hidden", genre: "heat", plays: 1_000, visibility: "private" },
      { title: "sandbox", genre: "heat", plays: 1_000, environment: "sandbox" },
    ]);
    const page = await list("audio/popular?genre=heat");
    expect(titles(page)).toEqual(["old and loved", "new", "old"]);
    expect(page).toMatchObject({ page: 1, limit: 20, total: 3, hasMore: false });
    expect(page.data[0]).not.toHaveProperty("waveform");
  });

  it("come in pages and refuse a page or limit outside the documented range", async () => {
    await insertTracks(
      artist.id,
      Array.from({ length: 5 }, (_, i) => ({
        title: `p${i}`,
        genre: "paged",
        createdAt: Date.now() - i * WEEK,
      })),
    );
    const first = await list("audio/popular?genre=paged&limit=2");
    expect([titles(first), first.hasMore, first.total]).toEqual([["p0", "p1"], true, 5]);
    const last = await list("audio/popular?genre=paged&limit=2&page=3");
    expect([titles(last), last.hasMore]).toEqual([["p4"], false]);
    for (const query of ["limit=0", "limit=101", "page=0", "page=x"])
      expect((await request(`/api/v1/audio/popular?${query}`)).status).toBe(400);
  });
});

describe("the search", () => {
  beforeAll(async () => {
    await insertTracks(artist.id, [
      { title: "夜晚的电子音乐", genre: "electronic", tags: ["chill", "night"], plays: 10 },
      { title: "电子", genre: "rock", tags: ["loud"] },
      { title: 'A "quoted" AND title*', tags: ["odd"] },
      { title: "100% Cotton", tags: ["odd"] },
      { title: "夜晚的电子音乐", environment: "sandbox" },
      { title: "夜晚的电子音乐", visibility: "private" },
    ]);
  });

  it.each([
    ["电子音乐", ["夜晚的电子音乐"]],
    ["电子", ["夜晚的电子音乐", "电子"]],
    ["夜", ["夜晚的电子音乐"]],
    ["cotton", ["100% Cotton"]],
    ["OTTO 100", ["100% Cotton"]],
    ["0%", ["100% Cotton"]],
    ['"quoted" AND', ['A "quoted" AND title*']],
    ["tle*", ['A "quoted" AND title*']],
    ["nothing like it", []],
    ["' OR 1=1 --", []],
  ])("finds %s", async (query, expected) => {
    const page = await list(`audio/search?query=${encodeURIComponent(query)}`);
    expect(titles(page).toSorted()).toEqual(expected.toSorted());
    expect(page.total).toBe(expected.length);
  });

  it("filters by genre and by all tags", async () => {
    expect(titles(await list("audio/search?query=电子&genre=Electronic"))).toEqual(["夜晚的电子音乐"]);
    expect(titles(await list("audio/search?tags=chill,night"))).toEqual(["夜晚的电子音乐"]);
    expect(titles(await list("audio/search?tags=chill,loud"))).toEqual([]);
    expect(titles(await list("audio/search?query=cot&tags=odd"))).toEqual(["100% Cotton"]);
    expect((await request(`/api/v1/audio/search?query=${"x".repeat(201)}`)).status).toBe(400);
  });

  it("finds a track by its changed title", async () => {
    const [id = ""] = await insertTracks(artist.id, [{ title: "beforehand" }]);
    expect((await request(`/api/v1/audio/${id}`, as(artist, "PATCH", { title: "afterwards" }))).status).toBe(
      200,
    );
    expect((await list("audio/search?query=beforehand")).total).toBe(0);
    expect((await list("audio/search?query=afterwards")).total).toBe(1);
  });
});

describe("genres", () => {
  it("are those of visible tracks, the most frequent first", async () => {
    await insertTracks(artist.id, [
      { title: "a", genre: "genre-two" },
      { title: "b", genre: "genre-two" },
      { title: "c", genre: "genre-one" },
      { title: "d", genre: "genre-none", visibility: "private" },
    ]);
    const { body } = await requestJson<{ data: { genre: string; tracksCount: number }[] }>(
      "/api/v1/audio/genres",
    );
    const ours = body.data.filter(({ genre }) => genre.startsWith("genre-"));
    expect(ours).toEqual([
      { genre: "genre-two", tracksCount: 2 },
      { genre: "genre-one", tracksCount: 1 },
    ]);
  });
});

describe("an account's tracks", () => {
  it("are listed latest first, and to others only the visible ones", async () => {
    const [user, other] = [await newUser(), await newUser()];
    const now = Date.now();
    await insertTracks(user.id, [
      { title: "first", createdAt: now - 3_000 },
      { title: "second", createdAt: now - 2_000, visibility: "private" },
      { title: "third", createdAt: now - 1_000 },
    ]);
    const path = `users/${loopspaceId(user)}/tracks`;
    expect(titles(await list(path, as(other)))).toEqual(["third", "first"]);
    expect(await list(path, as(other))).toMatchObject({ total: 2, hasMore: false });
    expect(await list(path)).toMatchObject({ total: 2 });
    expect(titles(await list(path, as(user)))).toEqual(["third", "second", "first"]);
    expect(await list("users/me/tracks?limit=2", as(user))).toMatchObject({ total: 3, hasMore: true });
    expect((await request("/api/v1/users/me/tracks")).status).toBe(401);
    expect((await request("/api/v1/users/user_00000000000000000000000000000000/tracks")).status).toBe(404);
  });
});

describe("the cost of lists", () => {
  it("is one round trip, and no more rows are read than shown", async () => {
    const meter = newMeter();
    const catalog = new AudioCatalog(primary(env.DB, meter));
    const viewer = { userId: undefined, environment: "live" } as const;
    await catalog.popular(viewer, undefined, { page: 1, limit: 20 });
    await catalog.search(viewer, { query: "音乐", genre: undefined, tags: [], page: 1, limit: 20 });
    expect(meter.d1).toBe(2);
    const plan = await env.DB.prepare(
      `EXPLAIN QUERY PLAN SELECT id FROM audio_tracks AS t WHERE t.environment = 'live' AND t.status = 'ready'
       AND t.visibility = 'public' ORDER BY t.score DESC, t.seq DESC LIMIT 20`,
    ).all<{ detail: string }>();
    expect(plan.results.map(({ detail }) => detail).join()).toMatch(/audio_tracks_popular/);
    expect(plan.results.map(({ detail }) => detail).join()).not.toContain("TEMP B-TREE");
  });

  it("reads only index entries for the tracks and accounts that it skips", async () => {
    const user = await newUser();
    const long = Array.from({ length: 600 }, (_, i) => ({
      title: `${i}`,
      genre: "deep",
      createdAt: i * WEEK,
    }));
    for (let at = 0; at < long.length; at += 200) await insertTracks(user.id, long.slice(at, at + 200));
    await env.DB.batch(
      Array.from({ length: 600 }, (_, i) => [
        env.DB.prepare(
          "INSERT INTO users (uuid, username, role, created_at) VALUES (?1, ?1, 'USER', 0)",
        ).bind(`follower-${i}`),
        env.DB.prepare(
          `INSERT INTO follows (environment, follower_id, followee_id, created_at)
           SELECT 'live', u.id, f.id, ?1 FROM users AS u, users AS f WHERE u.uuid = ?2 AND f.uuid = ?3`,
        ).bind(i, `follower-${i}`, user.id),
      ]).flat(),
    );
    const reads = async (list: (db: Database, page: number) => Promise<unknown>, page: number) => {
      let rows = 0;
      const counting = {
        prepare: (query: string) => env.DB.prepare(query),
        batch: async (statements: D1PreparedStatement[]) => {
          const results = await env.DB.batch(statements);
          for (const { meta } of results) rows += meta.rows_read;
          return results;
        },
      } as unknown as D1Database;
      await list(primary(counting, newMeter()), page);
      return rows;
    };
    const viewer = { userId: undefined, environment: "live" } as const;
    const lists = {
      popular: (db: Database, page: number) =>
        new AudioCatalog(db).popular(viewer, "deep", { page, limit: 10 }),
      ofUser: (db: Database, page: number) =>
        new AudioCatalog(db).byUser(viewer, user.id, { page, limit: 10 }),
      followers: (db: Database, page: number) =>
        new Social({ db, environment: "live", clock: Date.now, outbox: new Outbox(db, () => {}) }).list(
          "followers",
          user.id,
          { page, limit: 10 },
          undefined,
        ),
    };
    for (const [name, list] of Object.entries(lists)) {
      const [first, deep] = [await reads(list, 1), await reads(list, 51)];
      console.log(`${name}: ${first} rows on the first page, ${deep} behind 500`);
      // At most one index entry for each skipped row.
      expect(deep - first).toBeLessThanOrEqual(505);
    }
  });

  it("is bounded: a page that starts after row 10000 is refused, and no page announces such a next page", async () => {
    for (const path of [
      "audio/popular",
      "audio/search",
      "users/me/tracks",
      "users/me/followers",
      "audio/purchases",
    ]) {
      const far = await requestJson<Refusal>(`/api/v1/${path}?limit=100&page=102`, as(artist));
      expect([far.status, far.body.error.code]).toEqual([400, "INVALID_REQUEST"]);
      expect(far.body.error.message).toContain("10000");
      expect((await request(`/api/v1/${path}?limit=100&page=101`, as(artist))).status).toBe(200);
    }
    expect(toPage(["x"], 20_000, { page: 101, limit: 100 }).hasMore).toBe(false);
    expect(toPage(["x"], 20_000, { page: 100, limit: 100 }).hasMore).toBe(true);
  });
});
